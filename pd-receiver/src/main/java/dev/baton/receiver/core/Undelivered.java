package dev.baton.receiver.core;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/** Ends all that no engine has taken, from the queue to what is ready, each as its state wants it. Pure; control agent's thread. */
final class Undelivered {
    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;

    Undelivered(ReservationLedger ledger, AdmissionQueue admission, HandoffTimers timers, HandoffEnds ends, ReceiverAnswers answers) {
        this.ledger = ledger;
        this.admission = admission;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
    }

    /** What waits is told to come again after that time; what has memory goes on. */
    void refuseQueued(RejectReason refusal, int retryMs, String detail) {
        ledger.forEachLive(reservation -> {
            if (reservation.state() == ReservationState.QUEUED) {
                refuse((InboundHandoff) reservation.attachment(), refusal, retryMs, detail);
            }
        });
    }

    private void refuse(InboundHandoff handoff, RejectReason refusal, int retryMs, String detail) {
        timers.disarm(handoff);
        admission.cancel(handoff.reservation(), refusal);
        answers.refuse(handoff, refusal, retryMs, detail);
    }

    /** What waits is told to come again after that time; what has memory ends. */
    void end(RejectReason refusal, int retryMs, EndReason reason, String detail, long nowNs) {
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            switch (reservation.state()) {
                case QUEUED -> refuse(handoff, refusal, retryMs, detail);
                case GRANTED, RECEIVING, VERIFYING -> ends.revoke(handoff, reason, detail, nowNs);
                case READY -> ends.notConsumed(handoff, reason, nowNs);
                default -> { }
            }
        });
    }
}
