package dev.baton.buffer.reserve;

import dev.baton.platform.Require;
import java.util.concurrent.TimeUnit;

/**
 * Bounds of the admission queue.
 *
 * @param queuedMax      most requests waiting
 * @param queuedBytesMax most bytes they may ask for together
 * @param overtakesMax   how many later requests may go past a head that does not fit; 0 is strict arrival order
 * @param overtakeNs     for how long they may, from the moment it first did not fit
 * @param retryAfterNs   what a refused request is told to wait
 */
public record AdmissionLimits(
    int queuedMax, long queuedBytesMax, int overtakesMax, long overtakeNs, long retryAfterNs) {

    /** Strict arrival order, 4,096 requests, bytes unbounded, 100 ms. */
    public static final AdmissionLimits DEFAULT =
        new AdmissionLimits(4096, Long.MAX_VALUE, 0, 0, TimeUnit.MILLISECONDS.toNanos(100));

    public AdmissionLimits {
        Require.atLeast("queuedMax", queuedMax, 1);
        Require.atLeast("queuedBytesMax", queuedBytesMax, 1);
        Require.atLeast("overtakesMax", overtakesMax, 0);
        Require.atLeast("overtakeNs", overtakeNs, 0);
        Require.atLeast("retryAfterNs", retryAfterNs, 1);
    }

    /** The bounds of PROTOCOL.md, L4: 32 overtakes, 2 s. */
    public AdmissionLimits withOvertaking() {
        return new AdmissionLimits(queuedMax, queuedBytesMax, 32, TimeUnit.SECONDS.toNanos(2), retryAfterNs);
    }
}
