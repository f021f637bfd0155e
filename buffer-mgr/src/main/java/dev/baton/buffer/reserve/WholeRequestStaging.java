package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentAllocator;
import dev.baton.platform.Require;
import java.util.function.IntSupplier;

/**
 * Staging of source-first handoffs, which are prefilled before anyone knows where they go: the whole request in one
 * step, or not at all (FULL), before prefill starts. It shares nothing with {@link StreamingWindow}. Metadata only; one
 * owner, no locks.
 */
public final class WholeRequestStaging {
    private final SlabPlan plan;
    private final ExtentAllocator[] allocators;
    private IntSupplier keptCount = () -> 0;
    private IntSupplier pinnedCount = () -> 0;

    public WholeRequestStaging(SlabPlan plan) {
        this.plan = plan;
        allocators = StagingPool.allocators(plan);
    }

    public SlabPlan plan() {
        return plan;
    }

    /**
     * Takes all units of a request on all shards, or nothing.
     *
     * @param into       filled when the answer is true; not staged before
     * @param unitCounts units on each shard, 0 and more
     * @param unitBytes  bytes of a unit on each shard, rounded up to whole extents, contiguous in a slab
     * @return false when it is full now; nothing is changed
     * @throws IllegalArgumentException if no slab of a shard is as long as its unit
     */
    public boolean tryStage(StagedRequest into, int[] unitCounts, long[] unitBytes) {
        if (into.staged) {
            throw new IllegalStateException("staged already; release it first: runs=" + into.runs);
        }
        int shards = allocators.length;
        if (unitCounts.length != shards || unitBytes.length != shards || into.unitCounts.length != shards) {
            throw new IllegalArgumentException("counts and bytes must be one a shard: unitCounts=" + unitCounts.length +
                " unitBytes=" + unitBytes.length + " staged=" + into.unitCounts.length + " shardCount=" + shards);
        }
        for (int shard = 0; shard < allocators.length; shard++) {
            int count = Require.atLeast("unitCount", unitCounts[shard], 0);
            into.unitExtents[shard] = count == 0 ? 0 : StagingPool.unitExtents(plan, shard, unitBytes[shard]);
        }
        for (int shard = 0; shard < allocators.length; shard++) {
            int count = unitCounts[shard];
            if (count > 0 && !allocators[shard].allocateUnits(count, into.unitExtents[shard], into.runs)) {
                giveBack(into, shard);
                return false;
            }
            into.runStarts[shard + 1] = into.runs.size();
            into.unitCounts[shard] = count;
        }
        into.staged = true;
        return true;
    }

    /** Whether a request of these sizes fits when nothing else is staged: one that does not is refused, not parked. */
    public boolean couldEverFit(int[] unitCounts, long[] unitBytes) {
        for (int shard = 0; shard < allocators.length; shard++) {
            long extents = plan.extentsFor(unitBytes[shard]);
            if (unitCounts[shard] > 0 && unitCounts[shard] > unitsMax(shard, extents)) {
                return false;
            }
        }
        return true;
    }

    /** Gives the whole request back; nothing reads or writes it any more. */
    public void release(StagedRequest staged) {
        if (!staged.staged) {
            throw new IllegalStateException("not staged: released twice, or never filled");
        }
        giveBack(staged, allocators.length);
    }

    /** Gives one unit back where a request is given back unit by unit, and never {@link #release released}. */
    public void free(int shard, long unit) {
        allocators[shard].free(unit);
    }

    public int freeCount(int shard) {
        return allocators[shard].freeCount();
    }

    public int usedCount(int shard) {
        return plan.extentCount(shard) - allocators[shard].freeCount();
    }

    /**
     * Units that belong to no handoff may stay taken, to be found again; from now on these say how many extents, for any thread.
     *
     * @param kept   of all such units
     * @param pinned of those that somebody uses
     */
    public void keeping(IntSupplier kept, IntSupplier pinned) {
        keptCount = kept;
        pinnedCount = pinned;
    }

    public int keptCount() {
        return keptCount.getAsInt();
    }

    public int pinnedCount() {
        return pinnedCount.getAsInt();
    }

    public void checkInvariants() {
        for (ExtentAllocator allocator : allocators) {
            allocator.checkInvariants();
        }
    }

    private long unitsMax(int shard, long unitExtents) {
        long units = 0;
        ExtentAllocator allocator = allocators[shard];
        for (int slab = 0; slab < allocator.slabCount(); slab++) {
            units += allocator.slabExtents(allocator.firstSlabId() + slab) / unitExtents;
        }
        return units;
    }

    private void giveBack(StagedRequest staged, int shardsFilled) {
        for (int shard = shardsFilled - 1; shard >= 0; shard--) {
            allocators[shard].freeFrom(staged.runs, staged.runStarts[shard]);
            staged.unitCounts[shard] = 0;
        }
        staged.staged = false;
    }
}
