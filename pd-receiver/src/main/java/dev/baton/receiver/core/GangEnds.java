package dev.baton.receiver.core;

import java.util.function.LongSupplier;

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
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final Undelivered undelivered;
    private final Draining draining;
    private final BlockCache cache;
    private final Gang gang;
    private final ReadyGate gate;
    private final LongSupplier nowNs;

    GangEnds(ReservationLedger ledger, HandoffEnds ends, ReceiverAnswers answers, Undelivered undelivered, Draining draining, BlockCache cache,
        Gang gang, ReadyGate gate, LongSupplier nowNs) {
        this.ledger = ledger;
        this.ends = ends;
        this.answers = answers;
        this.undelivered = undelivered;
        this.draining = draining;
        this.cache = cache;
        this.gang = gang;
        this.gate = gate;
        this.nowNs = nowNs;
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
            undelivered.end(RejectReason.NO_ENGINE, ENGINE_RETRY_MS, EndReason.ENGINE_LOST, detail, nowNs.getAsLong());
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
        draining.startSlowly();
        gate.open();
    }

    @Override
    public void onMemberLeaves(String detail) {
        undelivered.refuseQueued(RejectReason.GANG_INCOMPLETE, RETRY_MS, detail);
    }

    @Override
    public void onMemberLost(String detail) {
        cache.forget();
        undelivered.end(RejectReason.GANG_INCOMPLETE, RETRY_MS, EndReason.MEMBER_LOST, detail, nowNs.getAsLong());
        gate.clear();
        ExtentLedger extents = ledger.extents();
        for (int bank = 0; bank < extents.plan().bankCount(); bank++) {
            extents.evict(bank, (int) extents.counts().evictable(bank));
        }
    }
}
