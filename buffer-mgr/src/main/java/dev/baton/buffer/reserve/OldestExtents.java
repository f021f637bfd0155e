package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import java.util.Arrays;

/**
 * Evicts what has been idle longest, and of what became idle together the end first: of a chain of blocks, those behind are
 * worth nothing without those before. One doubly linked list a bank, its links 8 bytes an index of {@link
 * ExtentIndex}; neighbours that became idle together go together. One owner, no locks.
 */
public final class OldestExtents implements ExtentEviction {
    private static final int NIL = -1;

    private final ExtentIndex index;
    private final int[] next;
    private final int[] previous;
    private final int[] oldest;
    private final int[] youngest;

    public OldestExtents(SlabPlan plan) {
        index = new ExtentIndex(plan);
        next = new int[index.indexCount()];
        previous = new int[index.indexCount()];
        oldest = new int[plan.bankCount()];
        youngest = new int[plan.bankCount()];
        Arrays.fill(oldest, NIL);
        Arrays.fill(youngest, NIL);
    }

    @Override
    public void onIdle(int bank, long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        for (int at = first; at < end; at++) {
            next[at] = at - 1;
            previous[at] = at + 1;
        }
        int last = youngest[bank];
        previous[end - 1] = last;
        next[first] = NIL;
        if (last == NIL) {
            oldest[bank] = end - 1;
        } else {
            next[last] = end - 1;
        }
        youngest[bank] = first;
    }

    @Override
    public void onHeld(int bank, long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        for (int at = first; at < end; at++) {
            unlink(bank, at);
        }
    }

    @Override
    public long nextVictims(int bank, int countMax) {
        int first = oldest[bank];
        if (first == NIL) {
            throw new IllegalStateException("nothing is idle: bank=" + bank + " countMax=" + countMax);
        }
        int last = first;
        int count = 1;
        while (count < countMax && next[last] == last - 1 && index.isSameSlab(first, last - 1)) {
            last--;
            count++;
        }
        int head = next[last];
        oldest[bank] = head;
        if (head == NIL) {
            youngest[bank] = NIL;
        } else {
            previous[head] = NIL;
        }
        return index.run(last, count);
    }

    /** Nothing is idle there. */
    public boolean isEmpty(int bank) {
        return oldest[bank] == NIL;
    }

    /** What has been idle longest, as a number of {@link ExtentIndex}; something is. */
    public int oldest(int bank) {
        return oldest[bank];
    }

    @Override
    public long bookkeepingBytes() {
        return 4L * (next.length + previous.length + oldest.length + youngest.length) + index.bookkeepingBytes();
    }

    private void unlink(int bank, int at) {
        int after = next[at];
        int before = previous[at];
        if (before == NIL) {
            oldest[bank] = after;
        } else {
            next[before] = after;
        }
        if (after == NIL) {
            youngest[bank] = before;
        } else {
            previous[after] = before;
        }
    }
}
