package dev.baton.receiver.core;

import java.util.function.IntFunction;
import java.util.function.LongConsumer;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/** The part of the pool's fast tier that loads may have: what a device that hangs can keep from everybody. Control agent's thread. */
final class LoadRoom {
    static final int STRETCH_BLOCKS_MAX = 64;
    private static final int STRETCH_EXTENTS = 16;

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

    /** How many blocks like that one are loaded together. */
    static int stretchBlocks(CellMap map, int block) {
        long bytes = 0;
        for (int cell = map.firstCellOfBlock(block); cell < map.firstCellOfBlock(block + 1); cell++) {
            bytes += map.lengthBytes(cell);
        }
        return Math.clamp((long) STRETCH_EXTENTS * map.extentBytes() * map.targetShardCount() / bytes, 1,
            STRETCH_BLOCKS_MAX);
    }

    /** Extents for all cells of that map, which are counted; null if there is not so much, or half of it for a prefetch. */
    private LoadStretch takeOrNull(CellMap map, boolean isPrefetch) {
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

    /**
     * For one block, or part of one, that is larger than what loads may have, while nothing else is loaded: all of its memory, of which
     * I/O may be under way in no more than that at a time. So it comes up piece by piece, and a device that hangs keeps no more of the pool.
     */
    private LoadStretch takeBoundedOrNull(CellMap map) {
        int[] shares = new int[taken.length];
        for (int shard = 0; shard < shares.length; shard++) {
            shares[shard] = extents.plan().extentCount(extents.plan().bank(0, shard)) / poolDivisor;
            if (shares[shard] == 0 && map.extents(shard) > 0) {
                return null;
            }
        }
        LoadStretch stretch = LoadStretch.takeOrNull(map, extents, pool, ExtentLedger.owner(LoadStretch.OWNER_SLOT, ++stretches));
        if (stretch != null) {
            stretch.bound(shares);
            count(stretch, 1);
        }
        return stretch;
    }

    /**
     * The same as {@link #takeOrNull(CellMap, boolean)} for so many blocks, or for fewer of them; for one, of a request, also if it is larger.
     *
     * @param here what it must not push out: what the blocks go on from, or came up before them
     * @param maps of that many blocks
     */
    LoadStretch takeOrNull(RunList[] here, int blocks, IntFunction<CellMap> maps, boolean isPrefetch) {
        LoadStretch stretch = null;
        forEach(here, extents::hold);
        for (int count = blocks; count > 0 && stretch == null; count--) {
            stretch = takeOrNull(maps.apply(count), isPrefetch);
        }
        if (stretch == null && !isPrefetch && !isAnyTaken()) {
            stretch = takeBoundedOrNull(maps.apply(1));
        }
        forEach(here, extents::drop);
        return stretch;
    }

    private static void forEach(RunList[] perShard, LongConsumer step) {
        for (RunList runs : perShard) {
            for (int i = runs.size() - 1; i >= 0; i--) {
                step.accept(runs.run(i));
            }
        }
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
