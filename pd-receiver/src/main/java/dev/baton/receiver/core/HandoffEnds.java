package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.SenderProxy;

/**
 * How handoffs end other than by being read: told at once, memory after. Extents leave only on evidence that nobody
 * writes to them any more, which {@link FenceEvidence} knows; without it they are QUARANTINED, however long it takes.
 * Pure; control agent's thread.
 */
final class HandoffEnds {
    /** Between two ABORTs of what is QUARANTINED while its session goes on. */
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(5);

    private final ReservationLedger ledger;
    private final LandingZone zone;
    private final SenderProxy proxy;
    private final DecodeEvents engine;
    private final HandoffTimers timers;
    private final Tombstones tombstones;
    private final ReceiverLimits limits;
    private final ReceiverCounters counters;
    private final FenceEvidence evidence;
    private final QuarantineBook quarantines;
    private final Rechecks rechecks;
    private final EngineRoom room;
    private EndJournal journal = (reason, handoff, reservation, peer, detail, nowNs) -> { };

    HandoffEnds(ReservationLedger ledger, LandingZone zone, SenderProxy proxy, DecodeEvents engine,
        HandoffTimers timers, Tombstones tombstones, ReceiverLimits limits, ReceiverCounters counters,
        FenceEvidence evidence, QuarantineBook quarantines, BlockCache cache, EngineRoom room) {
        this.ledger = ledger;
        this.room = room;
        this.zone = zone;
        this.proxy = proxy;
        this.engine = engine;
        this.timers = timers;
        this.tombstones = tombstones;
        this.limits = limits;
        this.counters = counters;
        this.evidence = evidence;
        this.quarantines = quarantines;
        rechecks = new Rechecks(ledger, zone, cache, counters);
    }

    void journal(EndJournal value) {
        journal = value;
    }

    /** From the queue, and out of it already: it held nothing. */
    void rejected(InboundHandoff handoff, EndReason reason, String detail, long nowNs) {
        timers.disarm(handoff);
        abnormal(handoff, reason, detail, nowNs);
        outcome(handoff, OutcomeKind.REJECTED, reason, detail, nowNs);
    }

    /** From GRANTED, RECEIVING or VERIFYING: told to everyone now; the memory follows when it is safe. */
    void revoke(InboundHandoff handoff, EndReason reason, String detail, long nowNs) {
        abnormal(handoff, reason, detail, nowNs);
        if (handoff.reservation().state() == ReservationState.GRANTED && !handoff.reservation().isRevealed()) {
            outcome(handoff, OutcomeKind.ABORTED, reason, detail, nowNs);
            if (!handoff.isUnbound()) {
                zone.close(handoff.reservation().slot(), handoff.reservation().id());
            }
            close(handoff, ReservationState.ABORTED);
            return;
        }
        ledger.step(handoff.reservation(), ReservationState.REVOKING);
        handoff.revokesAwaited(zone.laneCount());
        evidence.await(handoff);
        zone.revoke(handoff.reservation().id());
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (part.isBound()) {
                tellAbort(handoff, part);
            }
        }
        outcome(handoff, OutcomeKind.ABORTED, reason, detail, nowNs);
        timers.arm(handoff, nowNs + limits.drainNs());
    }

    private void tellAbort(InboundHandoff handoff, InboundPart part) {
        if (part.session().isOpen()) {
            proxy.abort(part.session(), 0, handoff.handoffId(), handoff.reservationId(), part.part(),
                handoff.endReason(), handoff.endDetail());
        }
    }

    /**
     * ABORT, or the DRAINED that answers it, did not come through: sessions that go on are asked once more, or ended where
     * that is what ends their writers.
     */
    private boolean askAgain(InboundHandoff handoff) {
        boolean isAsked = false;
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (!part.isBound() || !part.session().isOpen()) {
                continue;
            }
            if (evidence.isEndedHere(part)) {
                evidence.endSession(part);
            } else if (evidence.isOwed(part) || part.isOwedElsewhere()) {
                tellAbort(handoff, part);
                isAsked = true;
            }
        }
        return isAsked;
    }

    /** After each piece of evidence. */
    void fenceIfProved(InboundHandoff handoff, long nowNs) {
        ReservationState state = handoff.reservation().state();
        boolean isWaiting = state == ReservationState.REVOKING || state == ReservationState.FENCING
            || state == ReservationState.QUARANTINED;
        if (!isWaiting || !evidence.isProved(handoff)) {
            return;
        }
        fenced(handoff, nowNs);
    }

    /** From here on nothing can write there. What is to be kept of it is read once more; the rest goes now. */
    private void fenced(InboundHandoff handoff, long nowNs) {
        if (handoff.reservation().state() == ReservationState.QUARANTINED) {
            quarantines.remove(handoff);
            ledger.confirmFenced(handoff.reservation());
            evidence.cameLate();
        } else {
            ledger.step(handoff.reservation(), ReservationState.FENCED);
        }
        if (rechecks.begin(handoff)) {
            timers.arm(handoff, nowNs + Rechecks.WITHIN_NS);
        } else {
            aborted(handoff);
        }
    }

    /** A data agent has read its cells again: of blocks before that one they are right. */
    void rechecked(InboundHandoff handoff, int endBlock) {
        if (rechecks.told(handoff, endBlock)) {
            aborted(handoff);
        }
    }

    private void aborted(InboundHandoff handoff) {
        zone.close(handoff.reservation().slot(), handoff.reservation().id());
        close(handoff, ReservationState.ABORTED);
    }

    /** The wait for DRAINED, then the wait for the fence, is over; then, every while, what is QUARANTINED. */
    void onDue(InboundHandoff handoff, long nowNs) {
        if (handoff.reservation().state() == ReservationState.REVOKING) {
            ledger.step(handoff.reservation(), ReservationState.FENCING);
            timers.arm(handoff, nowNs + limits.fenceNs());
            askAgain(handoff);
        } else if (handoff.reservation().state() == ReservationState.QUARANTINED) {
            askAgainLater(handoff, nowNs);
        } else if (handoff.reservation().state() == ReservationState.FENCED) {
            rechecks.late();
            aborted(handoff);
        } else if (Canary.FREED_ON_TIMER.isActive()) {
            fenced(handoff, nowNs);
        } else {
            ledger.quarantine(handoff.reservation());
            quarantines.add(handoff);
            counters.quarantined();
            askAgainLater(handoff, nowNs);
        }
    }

    private void askAgainLater(InboundHandoff handoff, long nowNs) {
        if (askAgain(handoff)) {
            timers.arm(handoff, nowNs + ASK_AGAIN_NS);
        }
    }

    /**
     * READY, and nobody took it: its whole blocks stay sealed, evictable. Where the engine has taken it, and its word of that
     * is still on its way, it is delivered: the engine reads it already.
     */
    void notConsumed(InboundHandoff handoff, EndReason reason, long nowNs) {
        if (!handoff.claim().end()) {
            taken(handoff, nowNs);
            return;
        }
        abnormal(handoff, reason, "", nowNs);
        outcome(handoff, OutcomeKind.ABORTED, reason, "", nowNs);
        released(handoff);
    }

    /** The engine has it: delivered. */
    void taken(InboundHandoff handoff, long nowNs) {
        timers.arm(handoff, nowNs + limits.releaseWithinNs());
        ledger.step(handoff.reservation(), ReservationState.TAKEN);
        outcome(handoff, OutcomeKind.DELIVERED, EndReason.NONE, "", nowNs);
        zone.gang().taken(handoff.reservation().id(), handoff.computedTokens(), handoff.blocks());
        if (Canary.FREED_WHEN_TAKEN.isActive()) {
            released(handoff);
        }
    }

    /** Nobody wants what the engines have taken: its outcome was told, and its memory stays until they release it. */
    void cancelled(InboundHandoff handoff) {
        counters.cancelledLate();
        if (handoff.tellEngineOnce()) {
            engine.onCancelled(handoff.handoffId());
            zone.gang().cancelled(handoff.reservation().id());
        }
    }

    /** Taken, and not released in time: its memory stays until it is. */
    void releaseLate(InboundHandoff handoff) {
        counters.releaseLate();
        engine.onReleaseLate(handoff.handoffId());
    }

    /** Holds dropped, what is not sealed is free. */
    void released(InboundHandoff handoff) {
        zone.close(handoff.reservation().slot(), handoff.reservation().id());
        close(handoff, ReservationState.RELEASED);
    }

    /** The one terminal event. */
    void outcome(InboundHandoff handoff, OutcomeKind kind, EndReason reason, String detail, long nowNs) {
        counters.outcome(kind);
        handoff.outcome(kind);
        room.ended(handoff, kind == OutcomeKind.DELIVERED);
        tombstones.add(handoff.handoffId(), kind, reason, handoff.reservation().peerPlacesOrNull(), nowNs);
        tell(handoff, handoff.session(), kind, reason, detail);
        tell(handoff, handoff.schedulerOrNull(), kind, reason, detail);
        for (int i = 0; i < handoff.partCount(); i++) {
            Session bound = handoff.part(i).toldOn();
            if (bound != null && bound.id() != handoff.session().id() && handoff.isFirstToldOn(i)) {
                tell(handoff, bound, kind, reason, detail);
            }
        }
        if (kind != OutcomeKind.DELIVERED) {
            zone.gang().ended(handoff.reservation().id(), reason);
        }
        if (kind != OutcomeKind.DELIVERED && handoff.tellEngineOnce()
            && !Canary.END_UNTOLD.isActive()) {
            engine.onEnded(handoff.handoffId(), reason, detail);
        }
    }

    private void tell(InboundHandoff handoff, Session session, OutcomeKind kind, EndReason reason, String detail) {
        if (session != null && session.isOpen()) {
            proxy.outcome(session, handoff.handoffId(), handoff.reservationId(), kind, reason, detail);
        }
    }

    private void abnormal(InboundHandoff handoff, EndReason reason, String detail, long nowNs) {
        handoff.ended(reason, detail);
        counters.ended(reason);
        journal.onAbnormalEnd(reason, handoff.handoffId(), handoff.reservationId(),
            handoff.peerName(), detail, nowNs);
    }

    private void close(InboundHandoff handoff, ReservationState terminal) {
        timers.disarm(handoff);
        evidence.closed(handoff);
        ledger.close(handoff.reservation(), terminal);
    }
}
