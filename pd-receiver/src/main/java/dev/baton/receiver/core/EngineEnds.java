package dev.baton.receiver.core;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.OutcomeKind;

/** Decode engines come and go. Of one that is gone nobody takes what is ready, and nobody reads what was taken. Pure; control agent's thread. */
final class EngineEnds {
    private static final int RETRY_MS = 100;
    private static final String GONE = "the decode engine's process is gone, or another came in its place";

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final Undelivered undelivered;
    private final ReceivingCore receiving;
    private final Draining draining;
    private final PeerAsks asks;
    private final ReceiverCounters counters;
    private final EngineRoom room;
    private final Tombstones refused;
    private boolean hasEngine;

    /** @param refused what is longer than the engine ever takes is remembered there */
    EngineEnds(ReservationLedger ledger, AdmissionQueue admission, HandoffTimers timers, HandoffEnds ends, ReceiverAnswers answers,
        Undelivered undelivered, ReceivingCore receiving, Draining draining, PeerAsks asks, ReceiverCounters counters, EngineRoom room,
        Tombstones refused) {
        this.ledger = ledger;
        this.admission = admission;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
        this.undelivered = undelivered;
        this.receiving = receiving;
        this.draining = draining;
        this.asks = asks;
        this.counters = counters;
        this.room = room;
        this.refused = refused;
    }

    /** True if no engine takes it, and its asker was told so. What this node fetches needs none. */
    boolean isRefused(Session session, long correlation, HandoffId id, ReserveIntake intake, long nowNs) {
        if (!hasEngine && !intake.isFetched()) {
            answers.reject(session, correlation, id, RejectReason.NO_ENGINE, RETRY_MS, 0, 0, "no decode engine is attached to this receiver yet");
            return true;
        }
        long tokens = EngineRoom.tokens(intake.map());
        if (room.isTooLong(id, tokens)) {
            answers.reject(session, correlation, id, RejectReason.REQUEST_TOO_BIG, 0, 0, 0, room.tooLong(tokens));
            refused.add(id, OutcomeKind.REJECTED, EndReason.REJECTED, null, nowNs);
            return true;
        }
        return false;
    }

    /** The engine tells what it takes. Those that wait and are longer than it ever takes are refused. */
    void takes(long requests, long tokens, long requestTokens, long nowNs) {
        boolean isAnyTooLong = room.isLessThanTold(requestTokens);
        room.told(requests, tokens, requestTokens);
        if (!isAnyTooLong) {
            return;
        }
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            if (reservation.state() == ReservationState.QUEUED && room.isTooLong(handoff.handoffId(), EngineRoom.tokens(handoff))) {
                timers.disarm(handoff);
                admission.cancel(reservation, RejectReason.REQUEST_TOO_BIG);
                answers.refuse(handoff, RejectReason.REQUEST_TOO_BIG, 0, room.tooLong(EngineRoom.tokens(handoff)));
                refused.add(handoff.handoffId(), OutcomeKind.REJECTED, EndReason.REJECTED, null, nowNs);
            }
        });
    }

    /**
     * One is there to take what lands. One that goes leaves what was ready to nobody (ENGINE_LOST), and reads nothing any more of
     * what it had taken. Where one comes, grants start slowly: all who were told to come again do so at once.
     */
    void attached(boolean isAttached, long nowNs) {
        if (isAttached && !hasEngine) {
            draining.startSlowly();
        } else if (!isAttached && hasEngine) {
            detached(nowNs);
        }
        hasEngine = isAttached;
    }

    /** It says so itself. What is on its way goes on: another may come and take it. */
    private void detached(long nowNs) {
        room.forget();
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
        hasEngine = false;
        counters.engineLost();
        detached(nowNs);
        undelivered.end(RejectReason.NO_ENGINE, RETRY_MS, EndReason.ENGINE_LOST, GONE, nowNs);
        asks.engineLost();
    }
}
