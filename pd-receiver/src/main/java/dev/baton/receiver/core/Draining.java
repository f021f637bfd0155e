package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.SenderProxy;

/** Going down in order (L11): every peer is told, what waits is told to come again, what is granted goes on. Pure. */
final class Draining {
    private static final int RETRY_MS = 1_000;
    private static final int MS = 1_000_000;

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final SenderProxy proxy;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final List<Session> sessions = new ArrayList<>();
    private boolean isDraining;
    private long leftNs;

    Draining(ReservationLedger ledger, AdmissionQueue admission, SenderProxy proxy, HandoffTimers timers,
        HandoffEnds ends, ReceiverAnswers answers) {
        this.ledger = ledger;
        this.admission = admission;
        this.proxy = proxy;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
    }

    /** From now on nothing new is granted. Once: later calls change nothing. */
    void begin(long nowNs) {
        if (isDraining) {
            return;
        }
        isDraining = true;
        if (!Canary.GRANTED_WHILE_DRAINING.isActive()) {
            admission.drain();
        }
        ledger.forEachLive(reservation -> {
            if (reservation.state() == ReservationState.QUEUED) {
                InboundHandoff handoff = (InboundHandoff) reservation.attachment();
                timers.disarm(handoff);
                admission.cancel(reservation, RejectReason.DRAINING);
                answers.refuse(handoff, RejectReason.DRAINING, RETRY_MS, "this node is going down");
            }
        });
        sessions.forEach(session -> tell(session, nowNs));
    }

    /** The time to drain is over: nothing ends untold. What an engine has taken was delivered, and stays told so. */
    void shutdown(long nowNs) {
        begin(nowNs);
        if (Canary.SHUTDOWN_UNTOLD.isActive()) {
            return;
        }
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            switch (reservation.state()) {
                case GRANTED, RECEIVING, VERIFYING -> ends.revoke(handoff, EndReason.SHUTDOWN,
                    "this node goes down before it could end", nowNs);
                case READY -> ends.notConsumed(handoff, EndReason.SHUTDOWN, nowNs);
                default -> { }
            }
        });
    }

    /** Grants ramp up anew, unless there are to be no new ones. */
    void startSlowly() {
        if (!isDraining) {
            admission.resume();
        }
    }

    void sessionOpened(Session session, long nowNs) {
        sessions.add(session);
        if (isDraining) {
            tell(session, nowNs);
        }
    }

    void sessionClosed(Session session) {
        sessions.remove(session);
    }

    /** What is in flight has its own deadline, and no more. */
    private void tell(Session session, long nowNs) {
        leftNs = 0;
        ledger.forEachLive(reservation -> leftNs = Math.max(leftNs, reservation.deadlineNs() - nowNs));
        proxy.draining(session, (int) (leftNs / MS));
    }
}
