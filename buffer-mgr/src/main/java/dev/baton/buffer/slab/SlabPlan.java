package dev.baton.buffer.slab;

import dev.baton.memory.ExtentAllocator;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the pools of all shards are cut into slabs and extents: arithmetic only, so that a simulation plans 512 GiB
 * without having them. Slab ids run without gaps, shard after shard. Immutable; safe to share.
 * <pre>
 *   shard 0: slab f, f+1, ...   shard 1: the next ones ...     f = firstSlabId
 *   each slab has slabExtentsMax extents, the last one of a shard what is left
 * </pre>
 */
public final class SlabPlan {
    /** The default unit of allocation: 4 MiB. */
    public static final long EXTENT_BYTES = 4L << 20;

    /** The default and largest slab: 1 GiB. */
    public static final long SLAB_BYTES_MAX = 1L << 30;

    private final long extentBytes;
    private final int firstSlabId;
    private final List<SlabSpec> specs;
    private final int[] shardFirstSlab;
    private final int[] shardExtents;

    /**
     * @param poolBytesPerShard what each shard's pool may take; cut down to whole extents
     * @param extentBytes       unit of allocation, a multiple of 4,096
     * @param slabBytesMax      longest slab, at least one extent
     * @param firstSlabId       id of the first slab; pools of one process take disjoint ids
     * @throws IllegalArgumentException if a shard's pool is smaller than one extent, or there are too many slabs
     */
    public SlabPlan(long[] poolBytesPerShard, long extentBytes, long slabBytesMax, int firstSlabId, Tier tier) {
        Require.atLeast("shardCount", poolBytesPerShard.length, 1);
        Require.atLeast("extentBytes", extentBytes, 4096);
        Require.that(extentBytes % 4096 == 0, "extentBytes", extentBytes, "a multiple of 4096");
        Require.atLeast("slabBytesMax", slabBytesMax, extentBytes);
        Require.between("firstSlabId", firstSlabId, 0, ExtentRun.SLAB_ID_MAX);
        this.extentBytes = extentBytes;
        this.firstSlabId = firstSlabId;
        long slabExtentsMax = Math.min(ExtentRun.EXTENTS_MAX, slabBytesMax / extentBytes);
        shardFirstSlab = new int[poolBytesPerShard.length + 1];
        shardExtents = new int[poolBytesPerShard.length];
        List<SlabSpec> planned = new ArrayList<>();
        for (int shard = 0; shard < poolBytesPerShard.length; shard++) {
            Require.atLeast("poolBytesPerShard[" + shard + "]", poolBytesPerShard[shard], extentBytes);
            long rest = poolBytesPerShard[shard] / extentBytes;
            shardExtents[shard] = Math.toIntExact(rest);
            shardFirstSlab[shard] = firstSlabId + planned.size();
            while (rest > 0) {
                long count = Math.min(rest, slabExtentsMax);
                planned.add(new SlabSpec(firstSlabId + planned.size(), shard, count * extentBytes, tier));
                rest -= count;
            }
        }
        shardFirstSlab[poolBytesPerShard.length] = firstSlabId + planned.size();
        specs = List.copyOf(planned);
    }

    /** Every shard alike, extents of 4 MiB, slabs of 1 GiB, ids from 0, in DRAM. */
    public static SlabPlan even(int shardCount, long poolBytesPerShard) {
        return even(shardCount, poolBytesPerShard, EXTENT_BYTES, 0);
    }

    /** Every shard alike, slabs of 1 GiB, in DRAM. */
    public static SlabPlan even(int shardCount, long poolBytesPerShard, long extentBytes, int firstSlabId) {
        long[] bytes = new long[shardCount];
        Arrays.fill(bytes, poolBytesPerShard);
        return new SlabPlan(bytes, extentBytes, Math.max(extentBytes, SLAB_BYTES_MAX), firstSlabId, Tier.DRAM);
    }

    public int shardCount() {
        return shardExtents.length;
    }

    public long extentBytes() {
        return extentBytes;
    }

    public int firstSlabId() {
        return firstSlabId;
    }

    public int slabCount() {
        return specs.size();
    }

    /** All slabs, in the order of their ids. */
    public List<SlabSpec> specs() {
        return specs;
    }

    public SlabSpec spec(int slabId) {
        return specs.get(slabId - firstSlabId);
    }

    /** Extents of all slabs of a shard. */
    public int extentCount(int shard) {
        return shardExtents[shard];
    }

    /** Extents of one slab. */
    public int slabExtents(int slabId) {
        return (int) (spec(slabId).lengthBytes() / extentBytes);
    }

    public int shard(int slabId) {
        return spec(slabId).shard();
    }

    /** Bytes of the longest slab of a shard: no contiguous unit is longer. */
    public long slabBytesMax(int shard) {
        return spec(shardFirstSlab[shard]).lengthBytes();
    }

    /** Bytes of all slabs of all shards. */
    public long lengthBytes() {
        long extents = 0;
        for (int count : shardExtents) {
            extents += count;
        }
        return extents * extentBytes;
    }

    /** Extents that hold so many bytes: the next whole number. */
    public int extentsFor(long lengthBytes) {
        return Math.toIntExact((lengthBytes + extentBytes - 1) / extentBytes);
    }

    /** A new allocator over the slabs of one shard, all free. */
    public ExtentAllocator newAllocator(int shard) {
        int[] extents = new int[shardFirstSlab[shard + 1] - shardFirstSlab[shard]];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = slabExtents(shardFirstSlab[shard] + i);
        }
        return new ExtentAllocator(shardFirstSlab[shard], extents);
    }
}
