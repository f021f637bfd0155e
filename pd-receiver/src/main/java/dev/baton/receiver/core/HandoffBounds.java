package dev.baton.receiver.core;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;

/**
 * How long a grant may live (PROTOCOL, section 4). GRANTED: its lease, which RENEW extends to {@code startWithin} at
 * most. RECEIVING: the lease, which RENEW extends only if bytes landed or tokens were prefilled since it began, to
 * {@code L_max} at most. VERIFYING: no lease, for the sender may be silent after FIN; {@code L_max} alone. The deadline
 * always. {@code L_max} = 30 s + the prefill estimate + bytes / 64 MiB/s, counted from the first byte: until then
 * {@code startWithin} is the bound. Pure; control agent's thread.
 */
final class HandoffBounds {
    private static final int MS = 1_000_000;

    private final HandoffTimers timers;
    private final ReceiverLimits limits;
    private final HandoffEnds ends;

    HandoffBounds(HandoffTimers timers, ReceiverLimits limits, HandoffEnds ends) {
        this.timers = timers;
        this.limits = limits;
        this.ends = ends;
    }

    /** GRANT is told: the lease begins, and {@code startWithin} runs. */
    void granted(InboundHandoff handoff, long nowNs) {
        handoff.endsAtMostNs(nowNs + (long) handoff.startWithinMs() * MS);
        extend(handoff, nowNs);
    }

    /** Nobody was told of the grant: only {@code startWithin}, or the wait for a session, ends it. */
    void heldUntil(InboundHandoff handoff, long untilNs) {
        handoff.endsAtMostNs(untilNs);
        handoff.lease(untilNs);
        arm(handoff);
    }

    /** A sender took over what was held: it has a lease from now; {@code startWithin} runs on since the grant. */
    void claimed(InboundHandoff handoff, long nowNs) {
        extend(handoff, nowNs);
    }

    /** The first byte, or a NACK that asks for some again. */
    void receiving(InboundHandoff handoff, boolean isFirst, long nowNs) {
        if (isFirst) {
            handoff.endsAtMostNs(nowNs + ReceiverLimits.longestNs(handoff.prefillEstimateNs(), handoff.map().totalBytes()));
        }
        extend(handoff, nowNs);
    }

    /** Everything is said to be here: leases stop. */
    void verifying(InboundHandoff handoff) {
        handoff.lease(handoff.endsAtMostNs());
        arm(handoff);
    }

    /** RENEW. Returns what is left of the lease then, in milliseconds, at least 0. */
    int renew(InboundHandoff handoff, long prefilledTokens, long nowNs) {
        handoff.prefilled(prefilledTokens);
        switch (handoff.reservation().state()) {
            case GRANTED -> extend(handoff, nowNs);
            case RECEIVING -> {
                if (handoff.hasProgressed()) {
                    extend(handoff, nowNs);
                }
            }
            default -> { }
        }
        return leaseLeftMs(handoff, nowNs);
    }

    int leaseLeftMs(InboundHandoff handoff, long nowNs) {
        return (int) Math.max(0, (handoff.leaseEndsNs() - nowNs) / MS);
    }

    /** One of the bounds may be over: ends the handoff if so, else waits for the next. */
    void onDue(InboundHandoff handoff, long nowNs) {
        boolean isStarted = handoff.reservation().state() != ReservationState.GRANTED;
        if (handoff.reservation().deadlineNs() - nowNs <= 0) {
            ends.revoke(handoff, Canary.REASON_DROPPED.isActive() ? EndReason.NONE : EndReason.DEADLINE,
                "not ready within its deadline", nowNs);
        } else if (handoff.endsAtMostNs() - nowNs <= 0) {
            if (isStarted) {
                ends.revoke(handoff, EndReason.TOO_LONG, "longestMs=" + ReceiverLimits.longestNs(handoff.prefillEstimateNs(),
                    handoff.map().totalBytes()) / MS + " from the first byte are over", nowNs);
            } else if (handoff.isLost()) {
                ends.revoke(handoff, EndReason.SESSION_LOST, "no newer session within rebindMs=" +
                    limits.rebindNs() / MS, nowNs);
            } else {
                ends.revoke(handoff, EndReason.NOT_STARTED, "startWithinMs=" + handoff.startWithinMs(), nowNs);
            }
        } else if (handoff.leaseEndsNs() - nowNs <= 0) {
            ends.revoke(handoff, EndReason.LEASE_EXPIRED, isStarted
                ? "nothing landed and nothing was prefilled, or no RENEW came, for leaseMs=" + limits.leaseNs() / MS
                : "no RENEW came for leaseMs=" + limits.leaseNs() / MS, nowNs);
        } else {
            arm(handoff);
        }
    }

    private void extend(InboundHandoff handoff, long nowNs) {
        handoff.lease(earlier(nowNs + limits.leaseNs(), handoff.endsAtMostNs()));
        arm(handoff);
    }

    private void arm(InboundHandoff handoff) {
        timers.arm(handoff, earlier(handoff.reservation().deadlineNs(),
            earlier(handoff.leaseEndsNs(), handoff.endsAtMostNs())));
    }

    /** The clock may wrap: by difference. */
    private static long earlier(long aNs, long bNs) {
        return aNs - bNs <= 0 ? aNs : bNs;
    }
}
