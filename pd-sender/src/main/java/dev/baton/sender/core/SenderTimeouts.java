package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;

import dev.baton.platform.Require;

/**
 * How long a sender waits for what; durations in nanoseconds.
 *
 * @param deadlineNs    from RESERVE to READY, where the engine names none
 * @param startWithinNs promised to the receiver between GRANT and the first byte, where the engine names none
 * @param parkedNs      a finished prefill waits so long for the decode side to want it
 * @param outcomeNs     added to the receiver's consumeWithin before the outcome counts as unknown
 * @param retryMaxNs    most jitter added to the receiver's retryAfter
 */
public record SenderTimeouts(long deadlineNs, long startWithinNs, long parkedNs, long outcomeNs,
    long retryMaxNs) {
    public static final SenderTimeouts DEFAULT = new SenderTimeouts(TimeUnit.MINUTES.toNanos(2),
        TimeUnit.SECONDS.toNanos(60), TimeUnit.MINUTES.toNanos(2), TimeUnit.SECONDS.toNanos(13),
        TimeUnit.SECONDS.toNanos(2));

    public SenderTimeouts {
        long tickNs = TimeUnit.MILLISECONDS.toNanos(1);
        Require.atLeast("deadlineNs", deadlineNs, tickNs);
        Require.between("startWithinNs", startWithinNs, tickNs, TimeUnit.MINUTES.toNanos(10));
        Require.atLeast("parkedNs", parkedNs, tickNs);
        Require.atLeast("outcomeNs", outcomeNs, 0);
        Require.atLeast("retryMaxNs", retryMaxNs, tickNs);
    }
}
