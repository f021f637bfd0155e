package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;

/**
 * Numbers the extents of all slabs of a plan, for flat arrays: slabs are padded to a power of two, so that a number and
 * a place turn into each other by a shift. Immutable; safe to share.
 * <pre>
 *   index = (slabId - firstSlabId) &lt;&lt; slabShift | extent
 * </pre>
 */
public final class ExtentIndex {
    private final int firstSlabId;
    private final int slabShift;
    private final int indexCount;
    private final int[] slabExtents;
    private final int[] slabBank;

    public ExtentIndex(SlabPlan plan) {
        firstSlabId = plan.firstSlabId();
        slabExtents = new int[plan.slabCount()];
        slabBank = new int[plan.slabCount()];
        int longest = 1;
        for (int i = 0; i < slabExtents.length; i++) {
            slabExtents[i] = plan.slabExtents(firstSlabId + i);
            slabBank[i] = plan.bank(firstSlabId + i);
            longest = Math.max(longest, slabExtents[i]);
        }
        slabShift = 32 - Integer.numberOfLeadingZeros(longest - 1);
        indexCount = Math.toIntExact((long) slabExtents.length << slabShift);
    }

    /** One more than the largest index, padding included. */
    public int indexCount() {
        return indexCount;
    }

    public int first(long run) {
        return ((ExtentRun.slabId(run) - firstSlabId) << slabShift) + ExtentRun.firstExtent(run);
    }

    public int of(int slabId, int extent) {
        return ((slabId - firstSlabId) << slabShift) + extent;
    }

    public int bank(long run) {
        return slabBank[ExtentRun.slabId(run) - firstSlabId];
    }

    boolean isSameSlab(int index, int other) {
        return index >>> slabShift == other >>> slabShift;
    }

    public long run(int index, int count) {
        return ExtentRun.of(firstSlabId + (index >>> slabShift), index & ((1 << slabShift) - 1), count);
    }

    /** Whether the run lies wholly in a slab of this plan. */
    boolean contains(long run) {
        int slab = ExtentRun.slabId(run) - firstSlabId;
        return run >= 0 && slab >= 0 && slab < slabExtents.length && ExtentRun.extentCount(run) > 0 &&
            ExtentRun.firstExtent(run) + ExtentRun.extentCount(run) <= slabExtents[slab];
    }

    public long bookkeepingBytes() {
        return 64 + 4L * (slabExtents.length + slabBank.length);
    }
}
