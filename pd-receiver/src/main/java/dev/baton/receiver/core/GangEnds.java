package dev.baton.receiver.core;

import java.util.function.LongSupplier;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/**
 * A member of the gang is gone: every reservation lies partly there, so every one that was not delivered ends, and what
 * was cached is forgotten. Or its engine alone is: nobody reads all of what the engine here would take. Pure; control agent's thread.
 */
final class GangEnds implements Gang.Listener {
    private static final int RETRY_MS = 500;
    private static final int ENGINE_RETRY_MS = 100;

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final BlockCache cache;
    private final Gang gang;
    private final ReadyGate gate;
    private final LongSupplier nowNs;

    GangEnds(ReservationLedger ledger, AdmissionQueue admission, HandoffTimers timers, HandoffEnds ends,
        ReceiverAnswers answers, BlockCache cache, Gang gang, ReadyGate gate, LongSupplier nowNs) {
        this.gang = gang;
        this.gate = gate;
        this.nowNs = nowNs;
        this.cache = cache;
        this.ledger = ledger;
        this.admission = admission;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
        gang.listener(this);
    }

    /** True while some member, or its engine, is not there: whoever asks for memory is told which, and to come again. */
    boolean isRefused(Session session, long correlation, HandoffId id) {
        String missing = gang.missing();
        String withoutEngine = gang.withoutEngine();
        if (!missing.isEmpty()) {
            answers.reject(session, correlation, id, RejectReason.GANG_INCOMPLETE, RETRY_MS, 0, 0, missing);
        } else if (!withoutEngine.isEmpty()) {
            answers.reject(session, correlation, id, RejectReason.NO_ENGINE, ENGINE_RETRY_MS, 0, 0, withoutEngine);
        }
        return !missing.isEmpty() || !withoutEngine.isEmpty();
    }

    /** What was ready no engine took: as where the engine here goes. */
    @Override
    public void onEngineGone(String detail, boolean isLost) {
        if (isLost) {
            end(RejectReason.NO_ENGINE, ENGINE_RETRY_MS, EndReason.ENGINE_LOST, detail);
            return;
        }
        ledger.forEachLive(reservation -> {
            if (reservation.state() == ReservationState.READY) {
                ends.notConsumed((InboundHandoff) reservation.attachment(), EndReason.ENGINE_LOST, nowNs.getAsLong());
            }
        });
    }

    @Override
    public void onEnginesHere() {
        gate.open();
    }

    @Override
    public void onMemberLost(String detail) {
        cache.forget();
        end(RejectReason.GANG_INCOMPLETE, RETRY_MS, EndReason.MEMBER_LOST, detail);
        ExtentLedger extents = ledger.extents();
        for (int bank = 0; bank < extents.plan().bankCount(); bank++) {
            extents.evict(bank, (int) extents.counts().evictable(bank));
        }
    }

    private void end(RejectReason refusal, int retryMs, EndReason reason, String detail) {
        long now = nowNs.getAsLong();
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            switch (reservation.state()) {
                case QUEUED -> {
                    timers.disarm(handoff);
                    admission.cancel(reservation, refusal);
                    answers.refuse(handoff, refusal, retryMs, detail);
                }
                case GRANTED, RECEIVING, VERIFYING -> ends.revoke(handoff, reason, detail, now);
                case READY -> ends.notConsumed(handoff, reason, now);
                default -> { }
            }
        });
    }
}
