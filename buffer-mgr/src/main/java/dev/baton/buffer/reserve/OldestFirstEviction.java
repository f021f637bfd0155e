package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import java.util.Arrays;

/**
 * Evicts what has been idle longest. One doubly linked list a shard, its links 8 bytes an index of {@link
 * ExtentIndex}; neighbours that became idle together go together. One owner, no locks.
 */
public final class OldestFirstEviction implements EvictionPolicy {
    private static final int NIL = -1;

    private final ExtentIndex index;
    private final int[] next;
    private final int[] previous;
    private final int[] oldest;
    private final int[] youngest;

    public OldestFirstEviction(SlabPlan plan) {
        index = new ExtentIndex(plan);
        next = new int[index.indexCount()];
        previous = new int[index.indexCount()];
        oldest = new int[plan.shardCount()];
        youngest = new int[plan.shardCount()];
        Arrays.fill(oldest, NIL);
        Arrays.fill(youngest, NIL);
    }

    @Override
    public void onIdle(int shard, long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        for (int at = first; at < end; at++) {
            next[at] = at + 1;
            previous[at] = at - 1;
        }
        int last = youngest[shard];
        previous[first] = last;
        next[end - 1] = NIL;
        if (last == NIL) {
            oldest[shard] = first;
        } else {
            next[last] = first;
        }
        youngest[shard] = end - 1;
    }

    @Override
    public void onHeld(int shard, long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        for (int at = first; at < end; at++) {
            unlink(shard, at);
        }
    }

    @Override
    public long nextVictims(int shard, int countMax) {
        int first = oldest[shard];
        if (first == NIL) {
            throw new IllegalStateException("nothing is idle: shard=" + shard + " countMax=" + countMax);
        }
        int last = first;
        int count = 1;
        while (count < countMax && next[last] == last + 1 && index.isSameSlab(first, last + 1)) {
            last++;
            count++;
        }
        int head = next[last];
        oldest[shard] = head;
        if (head == NIL) {
            youngest[shard] = NIL;
        } else {
            previous[head] = NIL;
        }
        return index.run(first, count);
    }

    /** Bytes of heap the links take. */
    public long bookkeepingBytes() {
        return 4L * (next.length + previous.length + oldest.length + youngest.length) + index.bookkeepingBytes();
    }

    private void unlink(int shard, int at) {
        int after = next[at];
        int before = previous[at];
        if (before == NIL) {
            oldest[shard] = after;
        } else {
            next[before] = after;
        }
        if (after == NIL) {
            youngest[shard] = before;
        } else {
            previous[after] = before;
        }
    }
}
