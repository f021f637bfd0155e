package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;

/**
 * Bounds in time and number that a receiver's core keeps (PROTOCOL sections 1 and 4). Durations in nanoseconds.
 *
 * @param leaseNs          life of a grant between signs of progress
 * @param startWithinMaxNs longest time from grant to first byte that a sender may ask for
 * @param deadlineMaxNs    longest time from RESERVE to READY that a sender may ask for
 * @param consumeWithinNs  from READY until the engine must have taken the request
 * @param drainNs          wait for DRAINED before this transport's fence is used
 * @param fenceNs          wait for the fence before the extents are quarantined
 * @param partsMax         sending processes of one handoff
 * @param auxBytesMax      opaque bytes that may travel beside the KV
 * @param tombstonesMax    ended handoffs remembered, so that a late RESERVE finds its answer; at most as many of one node as are left free
 * @param tombstoneNs      how long they are remembered
 * @param rebindNs         how long a queued handoff whose session was lost waits for its sender's next session
 * @param releaseWithinNs  from taken until the engine should have released; past it an alarm, the memory stays
 * @param cancelledMax     handoffs remembered that were cancelled before they came
 * @param cache            what of the pool's cache goes first
 */
public record ReceiverLimits(long leaseNs, long startWithinMaxNs, long deadlineMaxNs, long consumeWithinNs,
    long drainNs, long fenceNs, int partsMax, int auxBytesMax, int tombstonesMax, long tombstoneNs,
    long rebindNs, long releaseWithinNs, int cancelledMax, CacheLimits cache) {
    public static final ReceiverLimits DEFAULT = new ReceiverLimits(TimeUnit.SECONDS.toNanos(10),
        TimeUnit.MINUTES.toNanos(10), TimeUnit.MINUTES.toNanos(10), TimeUnit.SECONDS.toNanos(60),
        TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(2), 64, WireMaxima.AUX_LENGTH_MAX, 1 << 20, TimeUnit.MINUTES.toNanos(5),
        TimeUnit.SECONDS.toNanos(3), TimeUnit.SECONDS.toNanos(60), 1 << 14, CacheLimits.DEFAULT);

    private static final long L_MAX_BASE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long BYTES_PER_SECOND_MIN = 64L << 20;

    public ReceiverLimits {
        Require.atLeast("leaseNs", leaseNs, 1);
        Require.atLeast("startWithinMaxNs", startWithinMaxNs, 1);
        Require.atLeast("deadlineMaxNs", deadlineMaxNs, 1);
        Require.atLeast("consumeWithinNs", consumeWithinNs, 1);
        Require.atLeast("drainNs", drainNs, 1);
        Require.atLeast("fenceNs", fenceNs, 1);
        Require.between("partsMax", partsMax, 1, WireMaxima.PARTS_MAX);
        Require.between("auxBytesMax", auxBytesMax, 0, WireMaxima.AUX_LENGTH_MAX);
        Require.between("tombstonesMax", tombstonesMax, 1, 1 << 24);
        Require.atLeast("tombstoneNs", tombstoneNs, 1);
        Require.atLeast("rebindNs", rebindNs, 1);
        Require.atLeast("releaseWithinNs", releaseWithinNs, 1);
        Require.between("cancelledMax", cancelledMax, 1, 1 << 20);
    }

    /** {@code L_max} of a handoff, from its first byte, in nanoseconds. */
    public static long longestNs(long prefillEstimateNs, long bytes) {
        return L_MAX_BASE_NS + prefillEstimateNs + bytes / BYTES_PER_SECOND_MIN * TimeUnit.SECONDS.toNanos(1)
            + bytes % BYTES_PER_SECOND_MIN * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND_MIN;
    }

    public ReceiverLimits withConsumeWithinNs(long value) {
        return new ReceiverLimits(leaseNs, startWithinMaxNs, deadlineMaxNs, value, drainNs, fenceNs, partsMax,
            auxBytesMax, tombstonesMax, tombstoneNs, rebindNs, releaseWithinNs, cancelledMax, cache);
    }

    public ReceiverLimits withDeadlineMaxNs(long value) {
        return new ReceiverLimits(leaseNs, startWithinMaxNs, value, consumeWithinNs, drainNs, fenceNs, partsMax,
            auxBytesMax, tombstonesMax, tombstoneNs, rebindNs, releaseWithinNs, cancelledMax, cache);
    }

    public ReceiverLimits withCache(CacheLimits value) {
        return new ReceiverLimits(leaseNs, startWithinMaxNs, deadlineMaxNs, consumeWithinNs, drainNs, fenceNs, partsMax,
            auxBytesMax, tombstonesMax, tombstoneNs, rebindNs, releaseWithinNs, cancelledMax, value);
    }

    public ReceiverLimits withTombstones(int countMax, long keptNs, int cancelledCountMax) {
        return new ReceiverLimits(leaseNs, startWithinMaxNs, deadlineMaxNs, consumeWithinNs, drainNs, fenceNs, partsMax,
            auxBytesMax, countMax, keptNs, rebindNs, releaseWithinNs, cancelledCountMax, cache);
    }
}
