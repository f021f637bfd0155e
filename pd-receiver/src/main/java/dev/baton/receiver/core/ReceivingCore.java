package dev.baton.receiver.core;

import java.util.zip.CRC32C;

import org.agrona.collections.LongHashSet;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.FailedWrites;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiver's side of the conversation from the first byte on: manifest lines, marks, FIN, verifying, READY, and the
 * engine's take and release. READY needs FIN of every part, every mark of every lane, every cell once with its exact
 * length and CRC, and the digest (S4). Pure; one thread owns it.
 */
public final class ReceivingCore implements LandingEvents, Fetches.Taking {
    private final ReservationLedger ledger;
    private final LandingZone zone;
    private final SenderProxy proxy;
    private final HandoffBounds bounds;
    private final HandoffEnds ends;
    private final Verdict verdict;
    private final ReceiverLimits limits;
    private final ReceiverCounters counters;
    private final EngineWrites writes;
    /** Taken and released by the engine here, and read by one of a member. */
    private final LongHashSet releasedHere = new LongHashSet();
    private long nowNs;

    ReceivingCore(ReservationLedger ledger, SlabPool pool, LandingZone zone, BlockCache cache, SenderProxy proxy, ReadyGate gate,
        HandoffTimers timers, HandoffBounds bounds, HandoffEnds ends, SuspectBook suspects, ReceiverLimits limits,
        ReceiverCounters counters, EngineWrites writes) {
        this.ledger = ledger;
        this.zone = zone;
        this.proxy = proxy;
        this.bounds = bounds;
        this.ends = ends;
        this.limits = limits;
        this.counters = counters;
        this.writes = writes;
        verdict = new Verdict(ledger, pool, zone, cache, proxy, gate, timers, bounds, ends, suspects, limits, counters);
    }

    /** What the engine writes for the next turn. */
    public EngineWrites writes() {
        return writes;
    }

    void now(long now) {
        nowNs = now;
    }

    public void onChunk(Session session, ChunkDecoder message) {
        InboundHandoff handoff = find(message.reservation().incarnation(), message.reservation().counter(), session);
        InboundPart part = boundPart(handoff, message.part(), session);
        if (part == null || part.round() != message.round() || part.hasFin() || !isReceiving(handoff)) {
            stale(session, message.envelope().correlation(), ChunkDecoder.TEMPLATE_ID);
            return;
        }
        begin(handoff);
        handoff.prefilled(message.prefilledTokens());
        long reservation = handoff.reservation().id();
        CellMap map = handoff.map();
        for (ChunkDecoder.LinesDecoder line : message.lines()) {
            long cell = line.cell();
            if (cell >= map.cellCount() || line.lengthBytes() != map.lengthBytes((int) cell)
                || line.lane() != zone.laneOf(map.targetShard((int) cell), map.block((int) cell))
                || handoff.sources().partOf((int) cell) != part.part() || handoff.lines().has((int) cell)) {
                counters.protocolError();
                ends.revoke(handoff, EndReason.PROTOCOL, "manifest line does not fit: cell=" + cell + " lengthBytes=" +
                    line.lengthBytes() + " lane=" + line.lane() + " part=" + part.part() + " cells=" + map.cellCount() +
                    " round=" + part.round(), nowNs);
                return;
            }
            handoff.lines().add(part, map, (int) cell, line.crc());
            part.laneTold(line.lane());
            if (part.round() == 1) {
                handoff.progressed(line.lengthBytes());
            }
            zone.line(reservation, part.part(), line.lane(), (int) cell, line.crc(), (int) line.seq(), part.isOneSided());
        }
    }

    public void onFin(Session session, FinDecoder message) {
        InboundHandoff handoff = find(message.reservation().incarnation(), message.reservation().counter(), session);
        InboundPart part = boundPart(handoff, message.part(), session);
        if (part == null || part.round() != message.round() || !isReceiving(handoff) || part.hasFin()) {
            stale(session, message.envelope().correlation(), FinDecoder.TEMPLATE_ID);
            return;
        }
        begin(handoff);
        long cellCount = message.cellCount();
        long byteCount = message.byteCount();
        long digest = message.digest();
        long computedTokens = message.computedTokens();
        for (FinDecoder.LanesDecoder lane : message.lanes()) {
            if (lane.lane() >= zone.laneCount()) {
                ends.revoke(handoff, EndReason.PROTOCOL, "FIN names lane=" + lane.lane() + " of " + zone.laneCount(), nowNs);
                return;
            }
            part.laneUsed(lane.lane(), (int) lane.lastSeq());
        }
        int auxLength = message.auxLength();
        if (auxLength > limits.auxBytesMax() || computedTokens > handoff.map().tokens() + handoff.map().growthTokens()) {
            counters.protocolError();
            ends.revoke(handoff, EndReason.PROTOCOL, "FIN of part=" + part.part() + " tells of more than may be: auxBytes=" + auxLength + " of " +
                limits.auxBytesMax() + " computedTokens=" + computedTokens + " of " + handoff.map().tokens() + " + " + handoff.map().growthTokens(), nowNs);
            return;
        }
        byte[] aux = new byte[auxLength];
        message.getAux(aux, 0, auxLength);
        CRC32C crc = new CRC32C();
        crc.update(aux, 0, auxLength);
        part.aux(aux, ManifestDigest.ofAux(auxLength, (int) crc.getValue()));
        int cellsOwed = handoff.sources().cellCount(part.part());
        if (part.lineCount() != cellCount || part.lineBytes() != byteCount || part.digest() != digest
            || cellCount != cellsOwed || byteCount != handoff.sources().byteCount(part.part())) {
            ends.revoke(handoff, EndReason.DIGEST, "FIN does not match the manifest: part=" + part.part() + " round=" + part.round() +
                " cells=" + cellCount + " of " + cellsOwed + " lines=" + part.lineCount() + " bytes=" +
                byteCount + " lineBytes=" + part.lineBytes() + " digest=" + Long.toHexString(digest) + " own=" +
                Long.toHexString(part.digest()), nowNs);
            return;
        }
        int leftOut = part.laneLeftOut();
        if (leftOut >= 0) {
            counters.protocolError();
            ends.revoke(handoff, EndReason.PROTOCOL, "FIN of part=" + part.part() + " leaves out lane=" + leftOut +
                ", which carried cells of round=" + part.round(), nowNs);
            return;
        }
        handoff.fin((int) computedTokens, nowNs);
        part.fin();
        verifyIfComplete(handoff);
    }

    public void onDrained(Session session, DrainedDecoder message) {
        InboundHandoff handoff = find(message.reservation().incarnation(), message.reservation().counter(), session);
        InboundPart part = boundPart(handoff, message.part(), session);
        if (part == null) {
            stale(session, message.envelope().correlation(), DrainedDecoder.TEMPLATE_ID);
            return;
        }
        FenceEvidence.drained(part, message, zone.ownLaneCount());
        if (part.isDrained() && !FailedWrites.isElsewhere(message.failedCompletions())) {
            zone.gang().drained(handoff.reservation().id(), part.part());
        }
        ends.fenceIfProved(handoff, nowNs);
    }

    /** The sender cannot go on. */
    public void onAbort(Session session, AbortDecoder message) {
        InboundHandoff handoff = find(message.reservation().incarnation(), message.reservation().counter(), session);
        if (handoff == null || !handoff.isOf(session)) {
            stale(session, message.envelope().correlation(), AbortDecoder.TEMPLATE_ID);
            return;
        }
        proxy.abortAck(session, message.envelope().correlation(), handoff.handoffId(), handoff.reservationId(),
            message.part());
        ReservationState state = handoff.reservation().state();
        if (state == ReservationState.GRANTED || state == ReservationState.RECEIVING
            || state == ReservationState.VERIFYING) {
            EndReason reason = EndReason.of(message.reason());
            ends.revoke(handoff, reason, "the sender ended it", nowNs);
        }
    }

    @Override
    public void onCellVerified(long reservation, int cell, int lengthBytes) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null) {
            handoff.verifiedOne(lengthBytes);
            verdict.readyIfVerified(handoff, nowNs);
        }
    }

    @Override
    public void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null && isReceivingOrVerifying(handoff)) {
            verdict.bad(handoff, cell, EndReason.CORRUPT, "cell=" + cell + " crcSent=" + Integer.toHexString(crcSent) +
                " crcLanded=" + Integer.toHexString(crcLanded), nowNs);
        }
    }

    @Override
    public void onCellMissing(long reservation, int cell, int missingCount) {
        InboundHandoff handoff = find(reservation);
        if (handoff == null || !isReceivingOrVerifying(handoff)) {
            return;
        }
        if (missingCount > MISSING_TOLD_MAX) {
            ends.revoke(handoff, EndReason.MISSING, "more cells than can be asked for again: missing=" + missingCount,
                nowNs);
        } else {
            verdict.bad(handoff, cell, EndReason.MISSING,
                "cell=" + cell + " is not whole though its lane is closed; missing=" + missingCount, nowNs);
        }
    }

    @Override
    public void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
        InboundHandoff handoff = find(reservation);
        if (handoff == null || part >= handoff.partCount()) {
            return;
        }
        if (zone.ownLane(lane) >= 0) {
            handoff.part(part).markRead(zone.ownLane(lane), seq);
        }
        if (handoff.part(part).round() != round || !isReceiving(handoff)) {
            ends.fenceIfProved(handoff, nowNs);
            return;
        }
        begin(handoff);
        handoff.progressed(1);
        if (isLast) {
            handoff.part(part).laneClosed(lane, seq);
            verifyIfComplete(handoff);
        }
    }

    @Override
    public void onRevoked(long reservation, int lane) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null) {
            handoff.revokedOne();
            ends.fenceIfProved(handoff, nowNs);
        }
    }

    @Override
    public void onRechecked(long reservation, int lane, int endBlock) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null) {
            ends.rechecked(handoff, endBlock);
        }
    }

    /** A lane may break while its session lives: what had not closed it yet cannot become whole. */
    @Override
    public void onLaneClosed(long sessionId, int lane) {
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            if (isReceiving(handoff) && usesLane(handoff, sessionId)) {
                ends.revoke(handoff, EndReason.PEER_LOST, "lane=" + lane + " of session=" +
                    Long.toHexString(sessionId) + " closed", nowNs);
            }
        });
    }

    /** The engine takes it: delivered. False if it is not there to take. */
    public boolean take(long handle) {
        InboundHandoff handoff = find(handle);
        if (handoff == null || handoff.reservation().state() != ReservationState.READY || !handoff.claim().take()) {
            return false;
        }
        ends.taken(handoff, nowNs);
        return true;
    }

    /** It was shown to an engine that is gone, and nobody takes it any more. */
    public void decline(long handle) {
        InboundHandoff handoff = find(handle);
        if (handoff != null && handoff.reservation().state() == ReservationState.READY) {
            ends.notConsumed(handoff, EndReason.ENGINE_LOST, nowNs);
        }
    }

    @Override
    public void takeAndRelease(long handle) {
        if (take(handle)) {
            release(handle);
        }
    }

    /** The engine has read it: its memory may go to others. False if it was not taken. */
    public boolean release(long handle) {
        InboundHandoff handoff = find(handle);
        if (handoff == null || handoff.reservation().state() != ReservationState.TAKEN) {
            return false;
        }
        if (zone.gang().isReadElsewhere(handle)) {
            releasedHere.add(handle);
        } else {
            ends.released(handoff);
        }
        return true;
    }

    @Override
    public void onReadElsewhere(long reservation) {
        if (releasedHere.remove(reservation)) {
            ends.released(find(reservation));
        }
    }

    /** What a part had not brought to its end when it was lost cannot become whole. */
    @Override
    public void onPartLost(long reservation, int part) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null && isReceiving(handoff) && part < handoff.partCount() && !handoff.part(part).isComplete()) {
            ends.revoke(handoff, EndReason.SESSION_LOST, "a member of the gang lost part=" + part, nowNs);
        }
    }

    @Override
    public void onOneSided(long reservation, int part) {
        InboundHandoff handoff = find(reservation);
        if (handoff != null && part < handoff.partCount()) {
            handoff.part(part).oneSidedElsewhere();
        }
    }

    InboundHandoff find(long incarnation, long counter, Session session) {
        return incarnation == session.localIncarnation() ? find(counter) : null;
    }

    private InboundHandoff find(long counter) {
        Reservation reservation = ledger.findOrNull(counter);
        return reservation == null ? null : (InboundHandoff) reservation.attachment();
    }

    private void begin(InboundHandoff handoff) {
        if (handoff.reservation().state() == ReservationState.GRANTED) {
            ledger.step(handoff.reservation(), ReservationState.RECEIVING);
            bounds.receiving(handoff, true, nowNs);
        }
    }

    private void verifyIfComplete(InboundHandoff handoff) {
        if (handoff.reservation().state() != ReservationState.RECEIVING) {
            return;
        }
        for (int i = 0; i < handoff.partCount(); i++) {
            int lane = handoff.part(i).laneOutOfStep();
            if (lane >= 0) {
                counters.protocolError();
                ends.revoke(handoff, EndReason.PROTOCOL, "the last mark of lane=" + lane +
                    " is not the one that FIN of part=" + i + " names", nowNs);
                return;
            }
        }
        if (handoff.isEveryPartComplete()) {
            ledger.step(handoff.reservation(), ReservationState.VERIFYING);
            bounds.verifying(handoff);
            zone.seal(handoff.reservation().id());
            if (handoff.isJudged() && handoff.hasBadCells()) {
                verdict.nack(handoff, nowNs);
            } else {
                verdict.readyIfVerified(handoff, nowNs);
            }
        }
    }

    private void stale(Session session, long correlation, int templateId) {
        counters.staleOne();
        proxy.stale(session, correlation, StaleWhat.RESERVATION, templateId);
    }

    private static InboundPart boundPart(InboundHandoff handoff, int index, Session session) {
        if (handoff == null || index >= handoff.partCount() || !handoff.part(index).isBound()
            || handoff.part(index).session().id() != session.id()) {
            return null;
        }
        return handoff.part(index);
    }

    private static boolean isReceiving(InboundHandoff handoff) {
        ReservationState state = handoff.reservation().state();
        return state == ReservationState.GRANTED || state == ReservationState.RECEIVING;
    }

    private static boolean isReceivingOrVerifying(InboundHandoff handoff) {
        return isReceiving(handoff) || handoff.reservation().state() == ReservationState.VERIFYING;
    }

    private static boolean usesLane(InboundHandoff handoff, long sessionId) {
        for (int i = 0; i < handoff.partCount(); i++) {
            Session session = handoff.part(i).session();
            if (session != null && session.id() == sessionId && !handoff.part(i).isComplete()) {
                return true;
            }
        }
        return false;
    }
}
