package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.AddressesDecoder;
import dev.baton.transport.wire.NackDecoder;

/**
 * How handoffs send, from the first address to FIN, and once more what was asked for again. Pure; control agent's
 * thread.
 */
final class HandoffSending {
    private final OutboundContext context;
    private final HandoffEnding ending;
    private final PoolHolds pool;

    /** @param pool what of handoffs lies in the node's share for reservations */
    HandoffSending(OutboundContext context, HandoffEnding ending, PoolHolds pool) {
        this.context = context;
        this.pool = pool;
        this.ending = ending;
    }

    /** Of several processes each tells of its own shards; sending begins when all have. */
    void onAddresses(OutboundHandoff handoff, Session session, AddressesDecoder message) {
        TargetPeers targets = handoff.targets;
        int peer = targets == null ? -1 : targets.indexOf(session);
        if (handoff.state != OutboundState.GRANTED || peer < 0 || targets.isTold(peer)) {
            return;
        }
        RunMap runs = targets.runs(handoff.cells.targetShardCount(), handoff.cells.extentBytes());
        int generation = (int) message.generation();
        targets.told(peer, message.token().low());
        String wrong = readRuns(targets, peer, message, runs, handoff.cells.extentBytes());
        if (wrong.isEmpty() && targets.isToldByAll()) {
            wrong = whatIsMissing(handoff.cells, handoff.own, runs);
        }
        if (!wrong.isEmpty()) {
            ending.abort(handoff, EndReason.PROTOCOL, wrong);
            return;
        }
        if (!targets.isToldByAll()) {
            return;
        }
        ShardRange shards = context.shards();
        handoff.transfer = new Transfer(handoff.board, handoff.reservation.counter(), generation, handoff.part, handoff.own,
            shards.count() == handoff.cells.sourceShardCount() ? null
                : handoff.cells.sourceImages(shards.first(), shards.last() + 1),
            handoff.cells, runs, targets.paths(), context.data().agentCount());
        handoff.applyLease();
        handoff.sent = new SentManifest(handoff.cells, handoff.own);
        handoff.state(OutboundState.STREAMING);
        pool.hold(handoff);
        context.engine().tell(new EngineNotice.Granted(handoff.board.handle(), handoff.cells));
        context.data().look(handoff.transfer);
        onBoard(handoff);
    }

    /** Empty, or what is wrong with them: a link takes a place outside the peer's slabs for this process's own mistake. */
    private static String readRuns(TargetPeers targets, int peer, AddressesDecoder message, RunMap runs, int extentBytes) {
        for (AddressesDecoder.RunsDecoder run : message.runs()) {
            if (run.shard() >= runs.shardCount() || run.extentCount() == 0 || run.extentCount() > Integer.MAX_VALUE
                || run.firstExtent() > Integer.MAX_VALUE || !targets.isOf(run.shard(), peer)) {
                return "addresses make no sense: shard=" + run.shard() + " firstExtent=" + run.firstExtent()
                    + " extentCount="
                    + run.extentCount();
            }
            long slabBytes = targets.peer(peer).slabBytes(run.slab());
            if ((run.firstExtent() + run.extentCount()) * extentBytes > slabBytes) {
                return "addresses lie outside the slabs that HELLO told of: shard=" + run.shard() + " slab=" + run.slab() + " firstExtent="
                    + run.firstExtent() + " extentCount=" + run.extentCount() + " extentBytes=" + extentBytes + " slabBytes=" + slabBytes;
            }
            runs.add(run.shard(), run.slab(), (int) run.firstExtent(), (int) run.extentCount());
        }
        return "";
    }

    /** Empty, or which shard has less than was granted. */
    private static String whatIsMissing(CellMap cells, PartCells own, RunMap runs) {
        for (int shard = 0; shard < runs.shardCount(); shard++) {
            long neededBytes = (long) cells.promptExtents(shard) * cells.extentBytes();
            if (own.isWriting(shard) && runs.lengthBytes(shard) < neededBytes) {
                return "addresses are fewer than the grant: shard=" + shard + " neededBytes=" + neededBytes
                    + " toldBytes="
                    + runs.lengthBytes(shard);
            }
        }
        return "";
    }

    /** More tokens are prefilled, or all. */
    void onBoard(OutboundHandoff handoff) {
        if (handoff.state != OutboundState.STREAMING) {
            return;
        }
        boolean isFinished = handoff.board.isFinished();
        int limit = handoff.cells.firstCellOfBlock(handoff.cells.blocksComplete(handoff.board.prefilledTokens()));
        boolean isNew = limit != handoff.transfer.cellLimit();
        handoff.transfer.cellLimit(limit);
        if (isFinished && !handoff.transfer.round().isLast()) {
            handoff.transfer.round(new Transfer.Round(handoff.transfer.round().number(),
                handoff.transfer.round().resend(), true));
            isNew = true;
        }
        if (isNew) {
            context.data().look(handoff.transfer);
        }
        context.book().flushLater(handoff);
    }

    void onCellDone(OutboundHandoff handoff, int cell, int lengthBytes, int crc, int lane, int seq) {
        if (handoff.state != OutboundState.STREAMING) {
            return;
        }
        if (!isAsBefore(handoff, cell, lengthBytes, crc)) {
            context.counters().add(Kind.KEPT_CHANGED, 1);
            ending.abort(handoff, EndReason.CORRUPT, "a block that was kept has changed since it was sent first: block="
                + handoff.cells.block(cell) + " cell=" + cell);
            return;
        }
        if (handoff.sent.add(cell, lengthBytes, crc, lane, seq) && !handoff.spec.isSourceFirst()) {
            context.engine().unitFree(handoff.board.handle(), handoff.cells.block(cell));
        }
        context.counters().add(Kind.CELLS_SENT, 1);
        context.counters().add(Kind.BYTES_SENT, lengthBytes);
        context.book().flushLater(handoff);
    }

    /** A block that is kept is compared with what first went out of it, where a cell is a whole image. */
    private static boolean isAsBefore(OutboundHandoff handoff, int cell, int lengthBytes, int crc) {
        ImageCrcs known = handoff.board.crcsOrNull(handoff.cells.block(cell), handoff.cells.group(cell));
        int image = known == null ? -1 : handoff.transfer.wholeImageOrNone(cell, lengthBytes);
        return image < 0 || known.isAsBefore(image, crc);
    }

    void onLaneDone(OutboundHandoff handoff, int lane, int round, int lastSeq) {
        if (handoff.sent == null) {
            return;
        }
        handoff.sent.lastSeq(lane, lastSeq);
        if (handoff.state == OutboundState.STREAMING && round == handoff.transfer.round().number()) {
            handoff.sent.laneDone(lane);
            context.book().flushLater(handoff);
        }
    }

    /** Keeps the receiver's lease alive where it holds memory for bytes that still go. */
    void renew(OutboundHandoff handoff, long nowNs) {
        int question = handoff.lease.renewing(nowNs);
        context.proxy().renew(handoff.peer.session(), HandoffBoard.correlation(handoff.board.handle(), question),
            handoff.reservation, handoff.part, handoff.board.prefilledTokens(),
            handoff.sent == null ? 0 : handoff.sent.bytesSent());
    }

    /** The receiver holds its memory longer. */
    void onRenewAck(OutboundHandoff handoff, int question, long leaseMs) {
        if (handoff.last == null && handoff.lease.renewed(question, TimeUnit.MILLISECONDS.toNanos(leaseMs))) {
            handoff.applyLease();
            context.timers().wake(handoff);
            if (handoff.transfer != null) {
                context.data().look(handoff.transfer);   // posts may have stopped meanwhile
            }
        }
    }

    /** End of a cycle: tells the lines that wait, then FIN if nothing is left to do. */
    void flush(OutboundHandoff handoff) {
        if (handoff.state != OutboundState.STREAMING) {
            return;
        }
        ManifestLines lines = handoff.sent.lines();
        int line = 0;
        while (line < lines.count()) {
            context.proxy().chunkBegin(handoff.peer.session(), handoff.reservation, handoff.part,
                handoff.transfer.round().number(), handoff.board.prefilledTokens());
            while (line < lines.count() && !context.proxy().chunkIsFull()) {
                context.proxy().chunkLine(lines.cell(line), lines.lengthBytes(line), lines.crc(line), lines.lane(line),
                    lines.seq(line));
                line++;
            }
            context.proxy().chunkEnd();
            context.counters().add(Kind.CHUNKS_TOLD, 1);
        }
        lines.clear();
        if (handoff.transfer.round().isLast() && handoff.sent.isRoundComplete()) {
            fin(handoff);
        }
    }

    private void fin(OutboundHandoff handoff) {
        byte[] aux = handoff.board.aux();
        int auxCrc = 0;
        if (aux.length > 0) {
            CRC32C crc = new CRC32C();
            crc.update(aux, 0, aux.length);
            auxCrc = (int) crc.getValue();
        }
        context.proxy().finBegin(handoff.peer.session(), handoff.reservation, handoff.part,
            handoff.transfer.round().number(), handoff.board.computedTokens(), handoff.own.count(),
            handoff.sent.bytesSent(), handoff.sent.digest() + ManifestDigest.ofAux(aux.length, auxCrc));
        for (int lane = 0; lane < handoff.laneCount(); lane++) {
            if (handoff.sent.isLaneUsed(lane)) {
                context.proxy().finLane(lane, handoff.sent.lastSeq(lane));
            }
        }
        context.proxy().finEnd(new UnsafeBuffer(aux), 0, aux.length);
        handoff.state(OutboundState.FIN_SENT);
        handoff.finishedAtNs = context.book().nowNs();
        handoff.lease.stop();
        context.timers().wake(handoff);
        context.counters().add(Kind.FINS_SENT, 1);
        if (Canary.POST_AFTER_FIN.isActive()) {
            handoff.transfer.round(new Transfer.Round(handoff.transfer.round().number() + 1, new int[1], true));
            context.data().look(handoff.transfer);
        }
    }

    /** Sends the named cells once more, where their bytes are still here. */
    void onNack(OutboundHandoff handoff, NackDecoder message, long nowNs) {
        if (handoff.state != OutboundState.FIN_SENT || message.round() != handoff.transfer.round().number()) {
            return;
        }
        context.counters().add(Kind.NACKED, 1);
        if (handoff.deadlineAtNs == OutboundHandoff.NEVER) {
            ending.abort(handoff, EndReason.DEADLINE, "past its deadline, and cells are asked for again");
            return;
        }
        NackDecoder.CellsDecoder group = message.cells();
        int[] resend = new int[group.count()];
        EndReason why = EndReason.CORRUPT;
        for (int i = 0; i < resend.length; i++) {
            long cell = group.next().cell();
            why = i == 0 && group.reason() == EndReason.MISSING.code() ? EndReason.MISSING : why;
            if (cell >= handoff.cells.cellCount() || !handoff.own.has((int) cell)) {
                ending.abort(handoff, EndReason.PROTOCOL, "a cell that is not there was asked for again: cell=" + cell);
                return;
            }
            resend[i] = (int) cell;
        }
        if (!handoff.spec.isSourceFirst()) {
            ending.abort(handoff, why, "cells are asked for again, and the window's bytes are gone: cells=" + resend.length +
                (resend.length > 0 ? " first=" + resend[0] : ""));
            return;
        }
        handoff.state(OutboundState.STREAMING);
        handoff.lease.begin(handoff.finishedAtNs, handoff.leaseNs, nowNs);   // a NACK of this round answers its FIN
        handoff.applyLease();
        context.timers().wake(handoff);
        handoff.sent.resend(resend.length);
        context.counters().add(Kind.CELLS_RESENT, resend.length);
        handoff.transfer.round(new Transfer.Round(handoff.transfer.round().number() + 1, resend, true));
        context.data().look(handoff.transfer);
    }
}
