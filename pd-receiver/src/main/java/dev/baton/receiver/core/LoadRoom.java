package dev.baton.receiver.core;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/** The part of the pool's fast tier that loads may have: what a device that hangs can keep from everybody. Control agent's thread. */
final class LoadRoom {
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final int poolDivisor;
    private final int[] taken;
    private int stretches;

    /** @param poolDivisor one part in so many of each shard's extents */
    LoadRoom(ExtentLedger extents, SlabPool pool, int poolDivisor) {
        this.extents = extents;
        this.pool = pool;
        this.poolDivisor = poolDivisor;
        taken = new int[extents.plan().shardCount()];
    }

    /** Extents for all cells of that map, which are counted; null if there is not so much, or half of it for a prefetch. */
    LoadStretch takeOrNull(CellMap map, boolean isPrefetch) {
        SlabPlan plan = extents.plan();
        long divisor = poolDivisor * (isPrefetch ? 2L : 1L);
        for (int shard = 0; shard < taken.length; shard++) {
            if (divisor * (taken[shard] + map.extents(shard)) > plan.extentCount(plan.bank(0, shard))) {
                return null;
            }
        }
        LoadStretch stretch = LoadStretch.takeOrNull(map, extents, pool, ExtentLedger.owner(LoadStretch.OWNER_SLOT, ++stretches));
        if (stretch != null) {
            count(stretch, 1);
        }
        return stretch;
    }

    /** What the stretch still has is counted, or is not any more. */
    void count(LoadStretch stretch, int sign) {
        for (int shard = 0; shard < taken.length; shard++) {
            taken[shard] += sign * stretch.restCount(shard);
        }
    }

    boolean isAnyTaken() {
        for (int extentCount : taken) {
            if (extentCount > 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether all of it would fit into what is free or idle now. */
    boolean isFitting(Reservation reservation) {
        for (int shard = 0; shard < taken.length; shard++) {
            if (extents.availableCount(extents.plan().bank(0, shard)) < reservation.extentCount(shard)) {
                return false;
            }
        }
        return true;
    }

    /** Loads go there: what lies elsewhere is not found together with what they bring. */
    boolean isInFastTier(RunList[] held) {
        SlabPlan plan = extents.plan();
        return held[0].isEmpty() || plan.tierIndexOfBank(plan.bank(ExtentRun.slabId(held[0].run(0)))) == 0;
    }
}
