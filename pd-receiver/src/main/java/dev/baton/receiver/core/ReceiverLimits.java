package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

import dev.baton.platform.Require;

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
 * @param tombstonesMax    ended handoffs remembered, so that a late RESERVE finds its answer
 * @param tombstoneNs      how long they are remembered
 */
public record ReceiverLimits(long leaseNs, long startWithinMaxNs, long deadlineMaxNs, long consumeWithinNs,
    long drainNs, long fenceNs, int partsMax, int auxBytesMax, int tombstonesMax, long tombstoneNs) {
    public static final ReceiverLimits DEFAULT = new ReceiverLimits(TimeUnit.SECONDS.toNanos(10),
        TimeUnit.MINUTES.toNanos(10), TimeUnit.MINUTES.toNanos(10), TimeUnit.SECONDS.toNanos(60),
        TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(2), 64, 1 << 20, 1 << 16, TimeUnit.MINUTES.toNanos(5));

    public ReceiverLimits {
        Require.atLeast("leaseNs", leaseNs, 1);
        Require.atLeast("startWithinMaxNs", startWithinMaxNs, 1);
        Require.atLeast("deadlineMaxNs", deadlineMaxNs, 1);
        Require.atLeast("consumeWithinNs", consumeWithinNs, 1);
        Require.atLeast("drainNs", drainNs, 1);
        Require.atLeast("fenceNs", fenceNs, 1);
        Require.between("partsMax", partsMax, 1, 1024);
        Require.between("auxBytesMax", auxBytesMax, 0, 1 << 20);
        Require.between("tombstonesMax", tombstonesMax, 1, 1 << 20);
        Require.atLeast("tombstoneNs", tombstoneNs, 1);
    }

    public ReceiverLimits withConsumeWithinNs(long value) {
        return new ReceiverLimits(leaseNs, startWithinMaxNs, deadlineMaxNs, value, drainNs, fenceNs, partsMax,
            auxBytesMax, tombstonesMax, tombstoneNs);
    }
}
