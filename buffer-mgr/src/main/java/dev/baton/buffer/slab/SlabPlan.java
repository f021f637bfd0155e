package dev.baton.buffer.slab;

import dev.baton.memory.ExtentAllocator;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the pools of all shards are cut into slabs and extents: arithmetic only, so that a simulation plans 512 GiB
 * without having them. A <em>bank</em> is what one shard has in one tier; slab ids run without gaps, bank after bank.
 * In a plan of one tier a shard's number is its bank's too. Immutable; safe to share.
 * <pre>
 *   bank = tierIndex x shardCount + shard      tierIndex 0 is the fast tier, 1 the spill tier where there is one
 *   bank 0: slab f, f+1, ...   bank 1: the next ones ...       f = firstSlabId
 *   each slab has slabExtentsMax extents, the last one of a bank what is left
 * </pre>
 */
public final class SlabPlan {
    /** The default unit of allocation: 4 MiB. */
    public static final long EXTENT_BYTES = 4L << 20;

    /** The default and largest slab: 1 GiB. */
    public static final long SLAB_BYTES_MAX = 1L << 30;

    private final long extentBytes;
    private final int firstSlabId;
    private final long slabBytesMax;
    private final List<Tier> tiers;
    private final int shardCount;
    private final List<SlabSpec> specs;
    private final long[] bankBytes;
    private final int[] bankFirstSlab;
    private final int[] bankExtents;

    /**
     * @param poolBytesPerShard what each shard's pool may take; cut down to whole extents
     * @param extentBytes       unit of allocation, a multiple of 4,096
     * @param slabBytesMax      longest slab, at least one extent
     * @param firstSlabId       id of the first slab; pools of one process take disjoint ids
     * @throws IllegalArgumentException if a shard's pool is smaller than one extent, or there are too many slabs
     */
    public SlabPlan(long[] poolBytesPerShard, long extentBytes, long slabBytesMax, int firstSlabId, Tier tier) {
        this(poolBytesPerShard, extentBytes, slabBytesMax, firstSlabId, List.of(tier));
    }

    private SlabPlan(long[] poolBytesPerBank, long extentBytes, long slabBytesMax, int firstSlabId, List<Tier> tiers) {
        Require.atLeast("shardCount", poolBytesPerBank.length, 1);
        Require.atLeast("extentBytes", extentBytes, 4096);
        Require.that(extentBytes % 4096 == 0, "extentBytes", extentBytes, "a multiple of 4096");
        Require.atLeast("slabBytesMax", slabBytesMax, extentBytes);
        Require.between("firstSlabId", firstSlabId, 0, ExtentRun.SLAB_ID_MAX);
        this.extentBytes = extentBytes;
        this.firstSlabId = firstSlabId;
        this.slabBytesMax = slabBytesMax;
        this.tiers = tiers;
        shardCount = poolBytesPerBank.length / tiers.size();
        long slabExtentsMax = Math.min(ExtentRun.EXTENTS_MAX, slabBytesMax / extentBytes);
        bankBytes = poolBytesPerBank.clone();
        bankFirstSlab = new int[bankBytes.length + 1];
        bankExtents = new int[bankBytes.length];
        List<SlabSpec> planned = new ArrayList<>();
        for (int bank = 0; bank < bankBytes.length; bank++) {
            Tier tier = tiers.get(bank / shardCount);
            int shard = bank % shardCount;
            Require.atLeast("poolBytesPerShard[" + shard + "] of " + tier, bankBytes[bank], extentBytes);
            long rest = bankBytes[bank] / extentBytes;
            bankExtents[bank] = Math.toIntExact(rest);
            bankFirstSlab[bank] = firstSlabId + planned.size();
            while (rest > 0) {
                long count = Math.min(rest, slabExtentsMax);
                planned.add(new SlabSpec(firstSlabId + planned.size(), shard, count * extentBytes, tier));
                rest -= count;
            }
        }
        bankFirstSlab[bankBytes.length] = firstSlabId + planned.size();
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

    /**
     * The same with a second, slower tier behind it: as many shards, extents of the same size.
     *
     * @param spillBytesPerShard at least one extent
     */
    public SlabPlan withSpill(long spillBytesPerShard) {
        Require.that(tiers.size() == 1, "tierCount", tiers.size(), "1: a plan has one spill tier at most");
        Require.that(tiers.getFirst() != Tier.DISK, "tier", tiers.getFirst(), "faster than the spill tier");
        long[] bytes = Arrays.copyOf(bankBytes, 2 * shardCount);
        Arrays.fill(bytes, shardCount, bytes.length, spillBytesPerShard);
        return new SlabPlan(bytes, extentBytes, slabBytesMax, firstSlabId, List.of(tiers.getFirst(), Tier.DISK));
    }

    public int shardCount() {
        return shardCount;
    }

    /** 1, or 2 with a spill tier. */
    public int tierCount() {
        return tiers.size();
    }

    /** Of {@code tierIndex} 0, the fast one, or 1, the spill tier. */
    public Tier tier(int tierIndex) {
        return tiers.get(tierIndex);
    }

    /** Shards times tiers. */
    public int bankCount() {
        return bankExtents.length;
    }

    /** What that shard has in that tier. */
    public int bank(int tierIndex, int shard) {
        return tierIndex * shardCount + shard;
    }

    public int shardOfBank(int bank) {
        return bank % shardCount;
    }

    public int tierIndexOfBank(int bank) {
        return bank / shardCount;
    }

    /** The bank that a slab is part of. */
    public int bank(int slabId) {
        SlabSpec spec = spec(slabId);
        return bank(tiers.indexOf(spec.tier()), spec.shard());
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

    /** Extents of all slabs of a bank. */
    public int extentCount(int bank) {
        return bankExtents[bank];
    }

    int firstSlabOfBank(int bank) {
        return bankFirstSlab[bank];
    }

    /** Extents of one slab. */
    public int slabExtents(int slabId) {
        return (int) (spec(slabId).lengthBytes() / extentBytes);
    }

    public int shard(int slabId) {
        return spec(slabId).shard();
    }

    /** Bytes of the longest slab of a bank: no contiguous unit is longer. */
    public long slabBytesMax(int bank) {
        return spec(bankFirstSlab[bank]).lengthBytes();
    }

    /** Bytes of all slabs of all shards and tiers. */
    public long lengthBytes() {
        long bytes = 0;
        for (int tierIndex = 0; tierIndex < tiers.size(); tierIndex++) {
            bytes += tierBytes(tierIndex);
        }
        return bytes;
    }

    /** Bytes of all slabs of one tier. */
    public long tierBytes(int tierIndex) {
        long extents = 0;
        for (int shard = 0; shard < shardCount; shard++) {
            extents += bankExtents[bank(tierIndex, shard)];
        }
        return extents * extentBytes;
    }

    /** Extents that hold so many bytes: the next whole number. */
    public int extentsFor(long lengthBytes) {
        return Math.toIntExact((lengthBytes + extentBytes - 1) / extentBytes);
    }

    /** A new allocator over the slabs of one bank, all free. */
    public ExtentAllocator newAllocator(int bank) {
        int[] extents = new int[bankFirstSlab[bank + 1] - bankFirstSlab[bank]];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = slabExtents(bankFirstSlab[bank] + i);
        }
        return new ExtentAllocator(bankFirstSlab[bank], extents);
    }
}
