package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentAllocator;
import dev.baton.platform.Require;

/**
 * A sender's staging: two budgets over slabs of their own, one for each order of binding, in types that cannot be
 * mixed. A run of one is refused by the other, for no slab is in both. One owner, no locks.
 *
 * @param window destination-first: units that come and go
 * @param whole  source-first: whole requests
 */
public record StagingPool(StreamingWindow window, WholeRequestStaging whole) {
    public StagingPool {
        SlabPlan first = window.plan();
        SlabPlan second = whole.plan();
        boolean disjoint = first.firstSlabId() + first.slabCount() <= second.firstSlabId() ||
            second.firstSlabId() + second.slabCount() <= first.firstSlabId();
        Require.that(disjoint, "slab ids", "window from " + first.firstSlabId() + " (" + first.slabCount() +
            "), whole from " + second.firstSlabId() + " (" + second.slabCount() + ")", "disjoint");
    }

    static ExtentAllocator[] allocators(SlabPlan plan) {
        ExtentAllocator[] allocators = new ExtentAllocator[plan.shardCount()];
        for (int shard = 0; shard < allocators.length; shard++) {
            allocators[shard] = plan.newAllocator(shard);
        }
        return allocators;
    }

    /** Extents of a contiguous unit; refused where no slab of the shard could ever hold it. */
    static int unitExtents(SlabPlan plan, int shard, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        long slabBytes = plan.slabBytesMax(shard);
        if (lengthBytes > slabBytes) {
            throw new IllegalArgumentException("a unit lies in one slab; take longer slabs or a larger pool:" +
                " lengthBytes=" + lengthBytes + " shard=" + shard + " slabBytes=" + slabBytes);
        }
        return plan.extentsFor(lengthBytes);
    }
}
