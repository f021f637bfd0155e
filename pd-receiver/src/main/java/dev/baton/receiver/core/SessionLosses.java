package dev.baton.receiver.core;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/** A grant dies with its session; what is being verified or waits to be read does not. Pure; control agent's thread. */
final class SessionLosses {
    private final ReservationLedger ledger;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverLimits limits;

    SessionLosses(ReservationLedger ledger, HandoffTimers timers, HandoffEnds ends, ReceiverLimits limits) {
        this.ledger = ledger;
        this.timers = timers;
        this.ends = ends;
        this.limits = limits;
    }

    void closed(Session session, EndReason reason, long nowNs) {
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            if (!Binding.endsWith(handoff, session)) {
                return;
            }
            switch (reservation.state()) {
                // It pinned nothing, and nothing was told: the same process may go on with its place.
                case QUEUED -> {
                    handoff.lost(nowNs + limits.rebindNs());
                    timers.arm(handoff, handoff.lostUntilNs());
                }
                case GRANTED, RECEIVING -> ends.revoke(handoff, EndReason.SESSION_LOST,
                    "session=" + Long.toHexString(session.id()) + " closed: " + reason.tag(), nowNs);
                default -> { }
            }
        });
    }
}
