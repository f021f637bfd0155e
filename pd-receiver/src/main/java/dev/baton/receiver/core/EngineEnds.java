package dev.baton.receiver.core;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/** A decode engine is gone. Nobody takes what is ready, and nobody reads what was taken. Pure; control agent's thread. */
final class EngineEnds {
    static final int RETRY_MS = 100;
    private static final String GONE = "the decode engine's process is gone";

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final ReceivingCore receiving;

    EngineEnds(ReservationLedger ledger, AdmissionQueue admission, HandoffTimers timers, HandoffEnds ends, ReceiverAnswers answers,
        ReceivingCore receiving) {
        this.ledger = ledger;
        this.admission = admission;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
        this.receiving = receiving;
    }

    /** It says so itself. What is on its way goes on: another may come and take it. */
    void detached(long nowNs) {
        receiving.writes().dropAll();
        ledger.forEachLive(reservation -> {
            if (reservation.state() == ReservationState.READY) {
                ends.notConsumed((InboundHandoff) reservation.attachment(), EndReason.ENGINE_LOST, nowNs);
            }
            if (reservation.state() == ReservationState.TAKEN) {
                receiving.release(reservation.id());
            }
        });
    }

    /** Its process is gone, and with it the requests that it was to decode: what is on its way ends too. */
    void lost(long nowNs) {
        detached(nowNs);
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            switch (reservation.state()) {
                case QUEUED -> {
                    timers.disarm(handoff);
                    admission.cancel(reservation, RejectReason.NO_ENGINE);
                    answers.refuse(handoff, RejectReason.NO_ENGINE, RETRY_MS, GONE);
                }
                case GRANTED, RECEIVING, VERIFYING -> ends.revoke(handoff, EndReason.ENGINE_LOST, GONE, nowNs);
                default -> { }
            }
        });
    }
}
