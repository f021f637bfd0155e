package dev.baton.buffer.reserve;

import dev.baton.platform.Require;
import java.util.concurrent.TimeUnit;

/**
 * Bounds of the admission queue.
 *
 * @param queuedMax      most requests waiting
 * @param queuedBytesMax most bytes they may ask for together; {@code Long.MAX_VALUE} is no bound
 * @param overtakesMax   how many later requests may go past a head that does not fit; 0 is strict arrival order
 * @param overtakeNs     for how long they may, from the moment it first did not fit
 * @param retryAfterNs   what a refused request is told to wait, before jitter
 * @param tenants        how tenants share
 * @param rampGrants     most grants in the first step after start and after a drain
 * @param rampStepNs     length of a step; each has twice the grants of the one before
 * @param rampSteps      steps until there is no bound any more; 0 is no ramp
 */
public record AdmissionLimits(
    int queuedMax, long queuedBytesMax, int overtakesMax, long overtakeNs, long retryAfterNs, TenantLimits tenants,
    int rampGrants, long rampStepNs, int rampSteps) {

    /** Strict arrival order, 4,096 requests, bytes unbounded, 100 ms. */
    public static final AdmissionLimits DEFAULT =
        new AdmissionLimits(4096, Long.MAX_VALUE, 0, 0, TimeUnit.MILLISECONDS.toNanos(100));

    /** All tenants alike, no ramp. */
    public AdmissionLimits(int queuedMax, long queuedBytesMax, int overtakesMax, long overtakeNs, long retryAfterNs) {
        this(queuedMax, queuedBytesMax, overtakesMax, overtakeNs, retryAfterNs, TenantLimits.DEFAULT, 1, 1, 0);
    }

    public AdmissionLimits {
        Require.atLeast("queuedMax", queuedMax, 1);
        Require.atLeast("queuedBytesMax", queuedBytesMax, 1);
        Require.atLeast("overtakesMax", overtakesMax, 0);
        Require.atLeast("overtakeNs", overtakeNs, 0);
        Require.atLeast("retryAfterNs", retryAfterNs, 1);
    }

    /** The bounds of PROTOCOL.md, L4: 32 overtakes, 2 s. */
    public AdmissionLimits withOvertaking() {
        return new AdmissionLimits(queuedMax, queuedBytesMax, 32, TimeUnit.SECONDS.toNanos(2), retryAfterNs, tenants,
            rampGrants, rampStepNs, rampSteps);
    }

    public AdmissionLimits queuedBytesMax(long value) {
        return new AdmissionLimits(queuedMax, value, overtakesMax, overtakeNs, retryAfterNs, tenants, rampGrants, rampStepNs, rampSteps);
    }

    public AdmissionLimits tenants(TenantLimits value) {
        return new AdmissionLimits(queuedMax, queuedBytesMax, overtakesMax, overtakeNs, retryAfterNs, value,
            rampGrants, rampStepNs, rampSteps);
    }

    /** Slow start: 64 grants in the first 50 ms, then twice as many in each 50 ms, without bound after 300 ms. */
    public AdmissionLimits withRamp() {
        return new AdmissionLimits(queuedMax, queuedBytesMax, overtakesMax, overtakeNs, retryAfterNs, tenants, 64,
            TimeUnit.MILLISECONDS.toNanos(50), 6);
    }
}
