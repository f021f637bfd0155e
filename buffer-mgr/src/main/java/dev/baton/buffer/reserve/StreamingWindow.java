package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentAllocator;
import dev.baton.memory.ExtentRun;
import java.util.function.IntSupplier;

/**
 * Staging of destination-first handoffs, whose memory at the other end is granted already: a unit is taken for a
 * chunk's blocks and given back when they are written, so the window always moves. It shares nothing with {@link
 * WholeRequestStaging}: one pool for both deadlocks (PROTOCOL.md, sections 6 and 10). Metadata only; one owner, no
 * locks.
 */
public final class StreamingWindow {
    private final SlabPlan plan;
    private final ExtentAllocator[] allocators;
    private IntSupplier keptCount = () -> 0;
    private IntSupplier pinnedCount = () -> 0;

    public StreamingWindow(SlabPlan plan) {
        this.plan = plan;
        allocators = StagingPool.allocators(plan);
    }

    public SlabPlan plan() {
        return plan;
    }

    /**
     * Takes one contiguous unit.
     *
     * @param lengthBytes rounded up to whole extents; at most a slab
     * @return a packed {@link ExtentRun}, or {@link ExtentRun#NONE} when the window is full: try again next cycle
     * @throws IllegalArgumentException if no slab of the shard is so long: it would never fit
     */
    public long allocate(int shard, long lengthBytes) {
        return allocators[shard].allocateContiguous(StagingPool.unitExtents(plan, shard, lengthBytes));
    }

    /** Gives a unit back; nothing reads or writes it any more. */
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
}
