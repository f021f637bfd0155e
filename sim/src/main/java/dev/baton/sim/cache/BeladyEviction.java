package dev.baton.sim.cache;

import dev.baton.buffer.tier.EvictionPolicy;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * The block that will be asked for last goes first: what no policy can beat that touches blocks one by one, and none can
 * do that does not know the future. It follows the trace by counting touches, so it serves one replay of that trace. Of
 * the blocks that one request will ask for, the later ones go first. Source: Belady, IBM Systems Journal 5, 1966.
 */
final class BeladyEviction implements EvictionPolicy {
    private static final int NEVER = Integer.MAX_VALUE;

    /** For each touch of the trace, the number of the next touch of the same block. */
    private final int[] nextTouch;
    private final int[] next;
    /** Next touch in the upper half, slot in the lower. */
    private final TreeSet<Long> order = new TreeSet<>();
    private int touch;

    BeladyEviction(CacheTrace trace, int slotCount) {
        next = new int[slotCount];
        int touches = 0;
        for (int request = 0; request < trace.requestCount(); request++) {
            touches += trace.blocks(request).length;
        }
        nextTouch = new int[touches];
        int[] following = new int[trace.uniqueBlocks()];
        Arrays.fill(following, NEVER);
        for (int request = trace.requestCount() - 1; request >= 0; request--) {
            int[] blocks = trace.blocks(request);
            for (int at = blocks.length - 1; at >= 0; at--) {
                touches--;
                nextTouch[touches] = following[blocks[at]];
                following[blocks[at]] = touches;
            }
        }
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        next[slot] = nextTouch[touch++];
        order.add(entry(slot));
    }

    @Override
    public void onHit(int slot) {
        order.remove(entry(slot));
        next[slot] = nextTouch[touch++];
        order.add(entry(slot));
    }

    @Override
    public int nextVictim() {
        return order.last().intValue();
    }

    @Override
    public void onPassedOver(int slot) {
        throw new UnsupportedOperationException("a replay holds no block: slot=" + slot);
    }

    @Override
    public void onRemove(int slot) {
        order.remove(entry(slot));
    }

    @Override
    public long bookkeepingBytes() {
        return 4L * (nextTouch.length + next.length) + 64L * order.size();
    }

    private long entry(int slot) {
        return (long) next[slot] << 32 | slot;
    }
}
