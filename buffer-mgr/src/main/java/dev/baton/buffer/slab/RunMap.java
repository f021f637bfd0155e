package dev.baton.buffer.slab;

import java.util.Arrays;

import dev.baton.platform.Require;

/**
 * Where a reservation's bytes lie: for each target shard, runs of extents that make one linear space, one run behind
 * the other. Filled once, then only read; any thread may read. No answer allocates.
 * <pre>
 *   shard's linear space   [run 0: slab, firstExtent .. + count)[run 1: ...]...      offsets in bytes from 0
 * </pre>
 */
public final class RunMap {
    private final int extentBytes;
    private final int[] runCount;
    private final long[][] starts;
    private final long[][] slabOffsets;
    private final int[][] slabs;
    private final long[] lengthBytes;

    public RunMap(int shardCount, int extentBytes) {
        Require.between("shardCount", shardCount, 1, 65_536);
        this.extentBytes = Require.atLeast("extentBytes", extentBytes, 1);
        runCount = new int[shardCount];
        starts = new long[shardCount][4];
        slabOffsets = new long[shardCount][4];
        slabs = new int[shardCount][4];
        lengthBytes = new long[shardCount];
    }

    /** Adds a run behind the ones that shard has. */
    public void add(int shard, int slab, int firstExtent, int extentCount) {
        Require.between("shard", shard, 0, runCount.length - 1);
        Require.atLeast("slab", slab, 0);
        Require.atLeast("firstExtent", firstExtent, 0);
        Require.atLeast("extentCount", extentCount, 1);
        int run = runCount[shard]++;
        if (run == starts[shard].length) {
            starts[shard] = Arrays.copyOf(starts[shard], run * 2);
            slabOffsets[shard] = Arrays.copyOf(slabOffsets[shard], run * 2);
            slabs[shard] = Arrays.copyOf(slabs[shard], run * 2);
        }
        starts[shard][run] = lengthBytes[shard];
        slabOffsets[shard][run] = (long) firstExtent * extentBytes;
        slabs[shard][run] = slab;
        lengthBytes[shard] += (long) extentCount * extentBytes;
    }

    public int shardCount() {
        return runCount.length;
    }

    /** Bytes of that shard's linear space. */
    public long lengthBytes(int shard) {
        return lengthBytes[shard];
    }

    public int runCount(int shard) {
        return runCount[shard];
    }

    public int slab(int shard, int run) {
        return slabs[shard][run];
    }

    public int firstExtent(int shard, int run) {
        return (int) (slabOffsets[shard][run] / extentBytes);
    }

    public int extentCount(int shard, int run) {
        return (int) ((end(shard, run) - starts[shard][run]) / extentBytes);
    }

    /** The run that holds that byte of the linear space. */
    public int runAt(int shard, long offset) {
        int found = Arrays.binarySearch(starts[shard], 0, runCount[shard], offset);
        return found >= 0 ? found : -found - 2;
    }

    /** Where that byte of the linear space lies in its run's slab, in bytes from the slab's start. */
    public long slabOffset(int shard, int run, long offset) {
        return slabOffsets[shard][run] + offset - starts[shard][run];
    }

    /** Bytes from that offset to the end of its run. */
    public long bytesToRunEnd(int shard, int run, long offset) {
        return end(shard, run) - offset;
    }

    private long end(int shard, int run) {
        return run + 1 < runCount[shard] ? starts[shard][run + 1] : lengthBytes[shard];
    }
}
