package dev.baton.receiver.core;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.SenderProxy;

/**
 * What follows from the judgement of a handoff's cells: READY to its senders and its engine, NACK to the parts that may
 * send again, or the end. Pure; the control agent's.
 */
final class Verdict {
    private static final int MS = 1_000_000;

    private final ReservationLedger ledger;
    private final SlabPool pool;
    private final LandingZone zone;
    private final BlockCache cache;
    private final SenderProxy proxy;
    private final ReadyGate gate;
    private final HandoffTimers timers;
    private final HandoffBounds bounds;
    private final HandoffEnds ends;
    private final SuspectBook suspects;
    private final ReceiverLimits limits;
    private final ReceiverCounters counters;

    Verdict(ReservationLedger ledger, SlabPool pool, LandingZone zone, BlockCache cache, SenderProxy proxy, ReadyGate gate,
        HandoffTimers timers, HandoffBounds bounds, HandoffEnds ends, SuspectBook suspects, ReceiverLimits limits,
        ReceiverCounters counters) {
        this.ledger = ledger;
        this.pool = pool;
        this.zone = zone;
        this.cache = cache;
        this.proxy = proxy;
        this.gate = gate;
        this.timers = timers;
        this.bounds = bounds;
        this.ends = ends;
        this.suspects = suspects;
        this.limits = limits;
        this.counters = counters;
    }

    /** READY if every cell is right; a NACK or the end once every cell is judged and some are not. */
    void readyIfVerified(InboundHandoff handoff, long nowNs) {
        Reservation reservation = handoff.reservation();
        if (reservation.state() != ReservationState.VERIFYING || !handoff.isVerified()) {
            if (reservation.state() == ReservationState.VERIFYING && handoff.isJudged()) {
                nack(handoff, nowNs);
            }
            return;
        }
        for (int shard = 0; shard < handoff.map().targetShardCount(); shard++) {
            ledger.seal(reservation, shard, 0, handoff.map().sealableExtents(shard));
        }
        cache.landed(reservation.tenantHash(), handoff);
        ledger.step(reservation, ReservationState.READY);
        handoff.ready(nowNs);
        counters.readyOne(handoff.map().totalBytes());
        timers.arm(handoff, nowNs + limits.consumeWithinNs());
        for (int i = 0; i < handoff.partCount(); i++) {
            Session session = handoff.part(i).toldOn();
            if (session.isOpen() && handoff.isFirstToldOn(i)) {
                proxy.ready(session, handoff.handoffId(), handoff.reservationId(),
                    (int) (limits.consumeWithinNs() / MS));
            }
        }
        NamedBlocks blocks = handoff.blocks();
        gate.ready(new ReadyHandoff(handoff.claim(), reservation.id(), handoff.handoffId(), new ReadyBlocks(handoff.map(), handoff.runs(),
            pool, handoff.map().firstBlock(), handoff.map().blockCount()), blocks.held().ready(pool), blocks.keys(),
            aux(handoff), handoff.computedTokens(), handoff.stampsNs()));
    }

    /** Two-sided lanes may send the bad cells again, twice; anything else ends the handoff. */
    void bad(InboundHandoff handoff, int cell, EndReason reason, String detail, long nowNs) {
        InboundPart part = handoff.part(handoff.sources().partOf(cell));
        if (!part.isBound()) {
            ends.revoke(handoff, EndReason.PROTOCOL, "judged before anybody could send it: " + detail, nowNs);   // a member's word
            return;
        }
        if (reason == EndReason.CORRUPT && part.corruptOnce()) {
            suspects.corrupt(part.session().peer().nodeId(), nowNs);
        }
        if (!part.maySendAgain(WireMaxima.ROUNDS_MAX)) {
            ends.revoke(handoff, reason, detail, nowNs);
            return;
        }
        if (part.badCount() == SenderProxy.GROUP_COUNT_MAX) {
            ends.revoke(handoff, reason, "more bad cells than one NACK can name: " + detail, nowNs);
            return;
        }
        part.bad(cell, reason);
        handoff.badOne();
        if (handoff.reservation().state() == ReservationState.VERIFYING && handoff.isJudged()) {
            nack(handoff, nowNs);
        }
    }

    /** Each part is asked for its own cells, and only those parts that have some. */
    void nack(InboundHandoff handoff, long nowNs) {
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (part.badCount() > 0 && !part.maySendAgain(WireMaxima.ROUNDS_MAX)) {
                ends.revoke(handoff, part.badReason(0), "part=" + i + " cannot send its bad cells again: cells=" +
                    part.badCount() + " first=" + part.badCell(0), nowNs);
                return;
            }
        }
        ledger.step(handoff.reservation(), ReservationState.RECEIVING);
        for (int i = 0; i < handoff.partCount(); i++) {
            if (handoff.part(i).badCount() > 0) {
                nack(handoff, handoff.part(i));
            }
        }
        handoff.nacked();
        bounds.receiving(handoff, false, nowNs);
    }

    private void nack(InboundHandoff handoff, InboundPart part) {
        counters.nacked();
        proxy.nackBegin(part.session(), handoff.reservationId(), part.part(), part.round());
        for (int i = 0; i < part.badCount(); i++) {
            int cell = part.badCell(i);
            handoff.lines().takeOut(part, handoff.map(), cell);
            zone.reopen(handoff.reservation().id(), zone.laneOf(handoff.map().targetShard(cell), handoff.map().block(cell)), cell);
            proxy.nackCell(cell, part.badReason(i));
        }
        proxy.nackEnd();
        part.nextRound();
    }

    /** What each part sent along, part by part. */
    private static byte[][] aux(InboundHandoff handoff) {
        byte[][] all = new byte[handoff.partCount()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = handoff.part(i).aux();
        }
        return all;
    }
}
