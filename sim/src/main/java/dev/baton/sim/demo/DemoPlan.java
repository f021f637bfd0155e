package dev.baton.sim.demo;

import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.platform.Require;
import java.util.Arrays;

/**
 * How much a demo moves and with how much memory: tokens of every request after scaling, the receiver's pool, the
 * senders' staging. The pool is much smaller than the work, so that requests queue for it, but holds the largest
 * request unless the user said otherwise. Immutable; arithmetic only.
 *
 * @param scale             what the trace's tokens were divided by, rounded up
 * @param tokens            of each request, after scaling
 * @param totalBytes        KV of all requests
 * @param largestBytes      KV of the largest request
 * @param poolBytesPerShard receiver memory for each of its shards, whole extents
 * @param stagingBytes      memory of each sender for blocks on their way
 * @param chunkTokens       tokens of one chunk, a multiple of the block
 */
@SuppressWarnings("ArrayRecordComponent")   // plans are never compared, and nobody writes to the tokens
record DemoPlan(int scale, int[] tokens, long totalBytes, long largestBytes, long poolBytesPerShard, long stagingBytes,
    int chunkTokens) {
    /** What a demo moves by default: a few seconds of work for two cores, on the slowest transport as well. */
    static final long BUDGET_BYTES = 6L << 30;
    static final int EXTENT_BYTES = 4 << 20;

    /** Tokens that a prefill engine computes at once, before scaling. */
    private static final int CHUNK_TOKENS = 2_048;
    /** One request is at most this large by default, so that memory stays within a small machine's. */
    private static final long REQUEST_BYTES_MAX = 3L << 29;
    private static final long POOL_BYTES_MAX = 3L << 29;
    /** The work is so many times the pool, where that leaves room for the largest request. */
    private static final int WORK_TO_POOL = 8;
    private static final int STAGED_UNITS_MIN = 4;
    private static final long STAGING_GRAIN_BYTES = 64 << 10;
    private static final long STREAMING_BYTES_MIN = 128L << 20;

    /** What was asked for; 0 stands for a choice that is made here, but not of the extent. */
    record Wishes(int scale, int chunkTokens, long poolBytes, boolean isSourceFirst, int extentBytes) {
        Wishes(int scale, int chunkTokens, long poolBytes, boolean isSourceFirst) {
            this(scale, chunkTokens, poolBytes, isSourceFirst, EXTENT_BYTES);
        }
    }

    /**
     * Chooses what was not asked for.
     *
     * @param traceTokens prompt tokens of each request of the trace, at least one request
     */
    static DemoPlan of(ShardPairing pairing, int[] traceTokens, Wishes wishes) {
        Require.atLeast("requests", traceTokens.length, 1);
        int blockTokens = pairing.targetLayout().blockTokens();
        Require.that(wishes.chunkTokens() % blockTokens == 0, "chunkTokens", wishes.chunkTokens(),
            "a multiple of the block of " + blockTokens + " tokens");
        int scale = wishes.scale() > 0 ? wishes.scale() : leastScale(pairing, traceTokens);
        int[] tokens = Arrays.stream(traceTokens).map(count -> Math.ceilDiv(count, scale)).toArray();

        // What a sender stages before it knows its peer: everything, in its own layout.
        ShardPairing self = ShardPairing.of(pairing.sourceLayout(), pairing.sourceSharding(), pairing.sourceLayout(),
            pairing.sourceSharding());
        long totalBytes = 0;
        long largestBytes = 0;
        long unitBytesMax = 0;
        long requestStagingMax = 0;
        long[] extents = new long[pairing.targetSharding().count()];
        int largestExtents = 0;
        for (int count : tokens) {
            CellMap map = map(pairing, count, wishes.extentBytes());
            totalBytes += map.totalBytes();
            largestBytes = Math.max(largestBytes, map.totalBytes());
            CellMap own = map(self, count, wishes.extentBytes());
            long unitBytes = (own.sourceImages().unitBytesMax()
                + STAGING_GRAIN_BYTES - 1) / STAGING_GRAIN_BYTES * STAGING_GRAIN_BYTES;
            unitBytesMax = Math.max(unitBytesMax, unitBytes);
            requestStagingMax = Math.max(requestStagingMax, own.blockCount() * unitBytes);
            for (int shard = 0; shard < extents.length; shard++) {
                extents[shard] += map.extents(shard);
                largestExtents = Math.max(largestExtents, map.extents(shard));
            }
        }
        long workExtents = Arrays.stream(extents).max().getAsLong();
        long poolExtentsMax = POOL_BYTES_MAX / wishes.extentBytes() / extents.length;
        long poolExtents = Math.max(largestExtents, Math.min(poolExtentsMax, workExtents / WORK_TO_POOL));
        if (wishes.poolBytes() > 0) {
            poolExtents = Math.max(1, wishes.poolBytes() / wishes.extentBytes() / extents.length);
        }
        // A whole request lies staged before its decode node is known; else blocks only pass through.
        long stagingBytes = wishes.isSourceFirst() ? requestStagingMax + requestStagingMax / 2
            : Math.max(STREAMING_BYTES_MIN, STAGED_UNITS_MIN * unitBytesMax);
        int chunkTokens = wishes.chunkTokens() > 0 ? wishes.chunkTokens()
            : Math.max(1, CHUNK_TOKENS / scale / blockTokens) * blockTokens;
        return new DemoPlan(scale, tokens, totalBytes, largestBytes, poolExtents * wishes.extentBytes(), stagingBytes,
            chunkTokens);
    }

    /**
     * The least divisor with which all of it fits the budget: by bisection, since more tokens never take fewer bytes.
     */
    private static int leastScale(ShardPairing pairing, int[] traceTokens) {
        int low = 1;
        int high = Arrays.stream(traceTokens).max().getAsInt();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isWithinBudget(pairing, traceTokens, middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static boolean isWithinBudget(ShardPairing pairing, int[] traceTokens, int scale) {
        long bytes = 0;
        for (int count : traceTokens) {
            long requestBytes = map(pairing, Math.ceilDiv(count, scale), EXTENT_BYTES).totalBytes();
            bytes += requestBytes;
            if (bytes > BUDGET_BYTES || requestBytes > REQUEST_BYTES_MAX) {
                return false;
            }
        }
        return true;
    }

    private static CellMap map(ShardPairing pairing, int tokens, int extentBytes) {
        return CellMap.ofTarget(pairing, tokens, 0, 0, extentBytes);
    }

    long totalTokens() {
        return Arrays.stream(tokens).asLongStream().sum();
    }
}
