package dev.baton.sim.deadlock;

import dev.baton.platform.Require;

/**
 * A load that cannot end well when memory is taken piece by piece: equal requests, whose chunks arrive in strict round
 * robin, one extent a chunk, on a pool just too small. A request ends, and gives its memory back, when all its chunks
 * have landed. With {@code K} requests of {@code C} chunks on {@code K * (C - 1)} extents, all hold {@code C - 1} after
 * as many turns, none is left, and each needs one more: for every K and C of at least 2.
 *
 * @param requestCount requests, 2 to 1,024
 * @param chunkCount   chunks of each, and so extents it needs, 2 to 4,096
 * @param poolExtents  extents of the pool; at least one request fits
 */
public record DeadlockScenario(int requestCount, int chunkCount, int poolExtents) {
    public static final int REQUESTS_MAX = 1_024;
    public static final int CHUNKS_MAX = 4_096;

    public DeadlockScenario {
        Require.between("requestCount", requestCount, 2, REQUESTS_MAX);
        Require.between("chunkCount", chunkCount, 2, CHUNKS_MAX);
        Require.between("poolExtents", poolExtents, chunkCount, requestCount * chunkCount);
    }

    /** The load whose deadlock is certain: a pool of {@code requestCount * (chunkCount - 1)} extents. */
    public static DeadlockScenario certain(int requestCount, int chunkCount) {
        Require.between("requestCount", requestCount, 2, REQUESTS_MAX);
        Require.between("chunkCount", chunkCount, 2, CHUNKS_MAX);
        return new DeadlockScenario(requestCount, chunkCount, requestCount * (chunkCount - 1));
    }

    /** Runs the load to its end, or until nothing can move any more. Takes no time and no thread; always the same. */
    public DeadlockResult run(Admission admission) {
        return switch (admission) {
            case CHUNK -> new ChunkAdmission(this).run();
            case REQUEST -> new RequestAdmission(this).run();
        };
    }
}
