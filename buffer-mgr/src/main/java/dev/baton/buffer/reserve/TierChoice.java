package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.platform.Canary;

/**
 * Which tier a whole request goes to: the fast one if it fits there now, else the spill tier if it fits there, else
 * none yet. Never some shards here and some there, so that a reservation is of one speed and the banks of one tier
 * (PROTOCOL.md, section 6). Pure arithmetic over the ledger's counts; its thread's.
 */
public final class TierChoice {
    private final ExtentLedger extents;
    private final SlabPlan plan;

    TierChoice(ExtentLedger extents) {
        this.extents = extents;
        plan = extents.plan();
    }

    /** Index of the first tier that has all of it free or evictable now, or -1. */
    int fittingNow(int[] extentsPerShard) {
        for (int tierIndex = 0; tierIndex < plan.tierCount(); tierIndex++) {
            boolean fits = true;
            for (int shard = 0; shard < extentsPerShard.length && fits; shard++) {
                int bank = plan.bank(tierIndex, shard);
                fits = extentsPerShard[shard] <= (Canary.CACHED_NOT_COUNTED.isActive() ? extents.freeCount(bank) : extents.availableCount(bank));
            }
            if (fits) {
                return tierIndex;
            }
        }
        return -1;
    }

    /**
     * The bank that keeps the request from ever being granted, even with everything evicted and released: where several
     * tiers are too small, the largest of theirs. -1 if some tier has room for all of it.
     */
    public int bankTooSmall(int[] extentsPerShard) {
        return bankTooSmall(extentsPerShard, false);
    }

    /** As {@link #bankTooSmall(int[])}, the quarantined extents not counted. */
    public int bankTooSmallNow(int[] extentsPerShard) {
        return bankTooSmall(extentsPerShard, true);
    }

    /**
     * Index of the one tier where all of these runs lie, one list a shard; the fast one if there are none.
     *
     * @throws IllegalArgumentException if they are of two, or on another shard
     */
    int ofHeld(RunList[] heldPerShard) {
        int tierIndex = -1;
        for (int shard = 0; shard < heldPerShard.length; shard++) {
            for (int i = 0; i < heldPerShard[shard].size(); i++) {
                long run = heldPerShard[shard].run(i);
                int bank = plan.bank(ExtentRun.slabId(run));
                int of = plan.tierIndexOfBank(bank);
                if (plan.shardOfBank(bank) != shard || (tierIndex >= 0 && tierIndex != of)) {
                    throw new IllegalArgumentException("blocks held for a request lie on its shards and in one tier: " +
                        ExtentRun.describe(run) + " shard=" + shard + " tier=" + plan.tier(of));
                }
                tierIndex = of;
            }
        }
        return Math.max(0, tierIndex);
    }

    private int bankTooSmall(int[] extentsPerShard, boolean isOfUsable) {
        int largest = -1;
        for (int tierIndex = 0; tierIndex < plan.tierCount(); tierIndex++) {
            int bank = bankTooSmall(tierIndex, extentsPerShard, isOfUsable);
            if (bank < 0) {
                return -1;
            }
            if (largest < 0 || plan.extentCount(bank) > plan.extentCount(largest)) {
                largest = bank;
            }
        }
        return largest;
    }

    private int bankTooSmall(int tierIndex, int[] extentsPerShard, boolean isOfUsable) {
        for (int shard = 0; shard < extentsPerShard.length && !Canary.IMPOSSIBLE_QUEUED.isActive(); shard++) {
            int bank = plan.bank(tierIndex, shard);
            if (extentsPerShard[shard] > (isOfUsable ? extents.usableCount(bank) : plan.extentCount(bank))) {
                return bank;
            }
        }
        return -1;
    }
}
