package dev.baton.transport.session;

import dev.baton.transport.WireMaxima;

/** Which lane carries which cell: the one rule that both ends compute for themselves. */
public final class Lanes {
    /** Lanes of one scheme between two processes, at most. */
    public static final int COUNT_MAX = WireMaxima.LANES_MAX;

    private Lanes() {}

    /**
     * Blocks go round the lanes, and shards start apart, so that one shard with many blocks and many shards with one
     * block both use every lane. All bytes of one cell stay on one lane, in order.
     *
     * @param laneCount lanes that the receiver offered, at least 1
     */
    public static int laneOf(int targetShard, int block, int laneCount) {
        return (int) (((long) targetShard + block) % laneCount);
    }
}
