package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

import dev.baton.platform.Require;

/**
 * Bounds of what a receiver asks of the tier below its pool.
 *
 * @param waitNs          longest wait of a RESERVE for blocks of that tier, before it waits for memory like all others
 * @param promotionsMax   requests that wait so at once; more are admitted without
 * @param loadsMax        slices on their way up at once
 * @param poolDivisor     one part in so many of each shard's pool may be under a load: what a device that hangs can keep
 * @param storesMax       slices on their way down at once: what they lie in cannot be evicted
 * @param waitingMax      blocks that wait for their way down; more are dropped
 * @param refusedNs       how long the tier may refuse a block for it has too much to do, before that is dropped
 * @param admission       which blocks go down
 * @param quarantineNs    how long a late load's memory counts as owned; then it is quarantined until its I/O returns
 */
public record TierLimits(long waitNs, int promotionsMax, int loadsMax, int poolDivisor, int storesMax, int waitingMax,
    long refusedNs, TierAdmission admission, long quarantineNs) {
    public static final TierLimits DEFAULT = new TierLimits(TimeUnit.MILLISECONDS.toNanos(200), 64, 32, 4, 16, 4096,
        TimeUnit.SECONDS.toNanos(1), TierAdmission.ALL, TimeUnit.SECONDS.toNanos(2));

    public TierLimits {
        Require.between("waitNs", waitNs, 1, TimeUnit.SECONDS.toNanos(60));
        Require.between("promotionsMax", promotionsMax, 1, 1 << 16);
        Require.between("loadsMax", loadsMax, 1, 1 << 12);
        Require.between("poolDivisor", poolDivisor, 1, 1 << 16);
        Require.between("storesMax", storesMax, 1, 1 << 12);
        Require.between("waitingMax", waitingMax, 1, 1 << 20);
        Require.atLeast("refusedNs", refusedNs, 1);
        Require.atLeast("quarantineNs", quarantineNs, 1);
    }

    public TierLimits withWaitNs(long value) {
        return new TierLimits(value, promotionsMax, loadsMax, poolDivisor, storesMax, waitingMax, refusedNs, admission, quarantineNs);
    }

    public TierLimits withAdmission(TierAdmission value) {
        return new TierLimits(waitNs, promotionsMax, loadsMax, poolDivisor, storesMax, waitingMax, refusedNs, value, quarantineNs);
    }
}
