package dev.baton.buffer.reserve;

import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * The staging of one whole source-first request: equal units on each shard. Made once and used again; filled and
 * emptied by {@link WholeRequestStaging} alone.
 */
public final class StagedRequest {
    final RunList runs = new RunList(16);
    final int[] runStarts;
    final int[] unitExtents;
    final int[] unitCounts;
    boolean staged;

    public StagedRequest(int shardCount) {
        runStarts = new int[shardCount + 1];
        unitExtents = new int[shardCount];
        unitCounts = new int[shardCount];
    }

    public boolean isStaged() {
        return staged;
    }

    public int unitCount(int shard) {
        return unitCounts[shard];
    }

    /**
     * The contiguous extents of one unit, packed.
     *
     * @throws IndexOutOfBoundsException if the shard has no such unit
     */
    public long unit(int shard, int unitIndex) {
        if (unitIndex < 0 || unitIndex >= unitCounts[shard]) {
            throw new IndexOutOfBoundsException("no such unit: shard=" + shard + " unitIndex=" + unitIndex +
                " unitCount=" + unitCounts[shard]);
        }
        long rest = runs.locate(runStarts[shard], runStarts[shard + 1], unitIndex * unitExtents[shard]);
        return ExtentRun.of(ExtentRun.slabId(rest), ExtentRun.firstExtent(rest), unitExtents[shard]);
    }
}
