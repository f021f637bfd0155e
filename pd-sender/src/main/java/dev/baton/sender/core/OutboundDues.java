package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;

import org.agrona.DeadlineTimerWheel;

import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;

/** What becomes of a handoff whose time has come: deadlines, leases, answers that did not come. Pure; control agent's thread. */
final class OutboundDues implements DeadlineTimerWheel.TimerHandler {
    private final OutboundContext context;
    private final HandoffReserving reserving;
    private final HandoffSending sending;
    private final HandoffEnding ending;
    private final HandoffAsking asking;

    OutboundDues(OutboundContext context, HandoffReserving reserving, HandoffSending sending, HandoffEnding ending,
        HandoffAsking asking) {
        this.context = context;
        this.reserving = reserving;
        this.sending = sending;
        this.ending = ending;
        this.asking = asking;
    }

    @Override
    public boolean onTimerExpiry(TimeUnit unit, long nowNs, long timerId) {
        OutboundHandoff handoff = context.timers().expiredOrNull(timerId);
        if (handoff != null) {
            onDue(handoff, nowNs);
        }
        return true;
    }

    private void onDue(OutboundHandoff handoff, long nowNs) {
        if (handoff.last != null) {
            return;
        }
        if (OutboundHandoff.isDue(handoff.deadlineAtNs, nowNs)) {
            String detail = "past its deadline: state=" + handoff.state;
            if (handoff.state == OutboundState.RESERVING) {
                ending.sendCancel(handoff, EndReason.DEADLINE);
                ending.fail(handoff, EndReason.DEADLINE, detail);
            } else if (handoff.state == OutboundState.FIN_SENT && !Canary.OUTCOME_GUESSED.isActive()) {
                // All was sent, so it may be READY or taken by now: the receiver keeps the deadline too, and says.
                handoff.deadlineAtNs = OutboundHandoff.NEVER;
                handoff.endAtNs = nowNs + context.timeouts().outcomeNs();
                context.timers().wake(handoff);
            } else if (handoff.state == OutboundState.NEW) {
                ending.fail(handoff, EndReason.DEADLINE, "no grant was handed on by the rank that reserves");
            } else {
                ending.abort(handoff, EndReason.DEADLINE, detail);
            }
        } else if (OutboundHandoff.isDue(handoff.lease.endNs(), nowNs)) {
            ending.abort(handoff, EndReason.LEASE_EXPIRED, "no longer held: state=" + handoff.state);
        } else if (OutboundHandoff.isDue(handoff.endAtNs, nowNs)) {
            switch (handoff.state) {
                case PARKED -> ending.fail(handoff, EndReason.NOT_WANTED, "nobody asked for it in time");
                case FIN_SENT -> ending.abort(handoff, EndReason.OUTCOME_UNKNOWN, "no outcome in time");
                case UNKNOWN, LANDED -> asking.notKnown(handoff, "no answer in time");
                default -> throw new IllegalStateException("no such wait: state=" + handoff.state);
            }
        } else if (OutboundHandoff.isDue(handoff.retryAtNs, nowNs)) {
            if (handoff.state == OutboundState.RESERVING) {
                reserving.reserve(handoff, nowNs);
            } else {
                asking.query(handoff, nowNs);
            }
        } else {
            if (OutboundHandoff.isDue(handoff.lease.renewAtNs(), nowNs)) {
                sending.renew(handoff, nowNs);
            }
            context.timers().wake(handoff);
        }
    }
}
