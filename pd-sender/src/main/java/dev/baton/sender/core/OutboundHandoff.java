package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

import org.agrona.DeadlineTimerWheel;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.AddressesDecoder;
import dev.baton.transport.wire.GrantDecoder;
import dev.baton.transport.wire.NackDecoder;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.ReserveEncoder;

/**
 * One handoff at its sender: the state machine of {@link OutboundState}. Everything it does is an answer to something: a message, an
 * event of a data agent, a note of the engine, a timer. Belongs to the control agent's thread.
 */
final class OutboundHandoff {
    static final long NEVER = Long.MAX_VALUE;
    /** In RESERVE's parts: the part sends for all source shards. */
    static final int ALL_SHARDS = 0xFFFF;
    private static final int RENEWALS_PER_LEASE = 3;

    /** Of the keeper alone: this handoff's timer, and whether it is on the list of those to flush. */
    long timerId = DeadlineTimerWheel.NULL_DEADLINE;
    boolean isFlushDue;

    private final OutboundContext context;
    private final HandoffBoard board;
    private final HandoffSpec spec;

    private OutboundState state = OutboundState.NEW;
    private PeerSession peer;
    private boolean hasAsked;
    private int refusals;
    private long deadlineAtNs = NEVER;
    private long retryAtNs = NEVER;
    private long endAtNs = NEVER;        // of what this state waits for: a want, a rebind, an outcome
    private long renewAtNs = NEVER;
    private long renewEveryNs;
    private int haveTokens;
    private long wantedDeadlineMs;

    private ReservationId reservation = ReservationId.NONE;
    private CellMap cells;
    private Transfer transfer;
    private SentManifest sent;
    private int stoppedAgents;
    private int failedCompletions;
    private EngineNotice last;           // told when all agents have stopped, and the state becomes lastState
    private OutboundState lastState;
    private boolean isDrainedDue;
    private boolean isCancelSent;

    OutboundHandoff(OutboundContext context, HandoffBoard board) {
        this.context = context;
        this.board = board;
        this.spec = board.spec();
        this.haveTokens = spec.haveTokens();
    }

    HandoffBoard board() {
        return board;
    }

    OutboundState state() {
        return state;
    }

    PeerSession peer() {
        return peer;
    }

    ReservationId reservation() {
        return reservation;
    }

    private void state(OutboundState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("no such step: handoff=" + spec.id() + " state=" + state + " next=" + next);
        }
        state = next;
    }

    // ---- Asking for memory

    /** Starts the handoff; a destination-first one waits for {@link #bind}. */
    void begin(long nowNs) {
        context.counters().add(Kind.BEGUN, 1);
        if (!spec.isSourceFirst()) {
            startReserving(nowNs, spec.deadlineMs());
        }
    }

    private void startReserving(long nowNs, long deadlineMs) {
        state(OutboundState.RESERVING);
        endAtNs = NEVER;
        deadlineAtNs = nowNs + (deadlineMs > 0 ? TimeUnit.MILLISECONDS.toNanos(deadlineMs) : context.timeouts().deadlineNs());
        wake();
    }

    /** Whether it waits for a session to ask on. */
    boolean isUnbound() {
        return state == OutboundState.RESERVING && peer == null;
    }

    /** Asks on that session. */
    void bind(PeerSession session, long nowNs) {
        peer = session;
        endAtNs = NEVER;
        if (session.pairing() == null) {
            // Refused here, before anything is asked: the receiver could only say the same.
            fail(EndReason.LAYOUT_MISMATCH, session.whyNot());
            return;
        }
        reserve(nowNs);
    }

    /** The decode side asks for it. */
    void want(PeerSession session, int wantedHaveTokens, long deadlineMs, long nowNs) {
        peer = session;
        haveTokens = Math.clamp(wantedHaveTokens, spec.haveTokens(), spec.tokens());
        if (state == OutboundState.PARKED) {
            startReserving(nowNs, deadlineMs);
            bind(session, nowNs);
        } else {
            wantedDeadlineMs = deadlineMs;
        }
    }

    /** Whether a want may still come for it, or did come before prefill was done. */
    boolean isWantable() {
        return state == OutboundState.PARKED || (state == OutboundState.NEW && spec.isSourceFirst());
    }

    private void reserve(long nowNs) {
        retryAtNs = NEVER;
        KvLayout layout = peer.pairing().sourceLayout();
        if (cells == null || cells.haveTokens() != haveTokens) {
            cells = CellMap.of(peer.pairing(), spec.tokens(), spec.growthTokens(), haveTokens,
                peer.session().peer().extentBytes());
        }
        hasAsked = true;
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineAtNs - nowNs));
        long startWithinMs = spec.startWithinMs() > 0 ? spec.startWithinMs()
            : TimeUnit.NANOSECONDS.toMillis(context.timeouts().startWithinNs());
        ReserveEncoder message = context.proxy().reserveBegin(peer.session(), board.handle(), spec.id());
        message.order(spec.isSourceFirst() ? Order.SOURCE_FIRST : Order.DESTINATION_FIRST)
            .layoutFingerprint(layout.fingerprint()).planVersion(KvLayout.PLAN_VERSION)
            .tokens(spec.tokens()).growthTokens(spec.growthTokens()).haveTokens(haveTokens).blockTokens(layout.blockTokens())
            .priority((short) spec.priority()).deadlineMs(leftMs).startWithinMs(startWithinMs).dpRank((short) spec.dpRank())
            .prefillEstimateMs(spec.prefillEstimateMs());
        message.partsCount(1).next().part(Transfer.PART).incarnation(peer.session().localIncarnation())
            .sourceShard(ALL_SHARDS).bytes(cells.totalBytes());
        message.blockKeysCount(0);
        message.tenantName(spec.tenantName());
        message.putLayout(new byte[0], 0, 0);
        context.proxy().reserveEnd();
        context.counters().add(Kind.RESERVES_SENT, 1);
        wake();
    }

    void onQueued(int position, long estimateMs) {
        if (state == OutboundState.RESERVING) {
            context.counters().add(Kind.QUEUED, 1);
            context.engine().tell(new EngineNotice.Queued(board.handle(), position, estimateMs));
        }
    }

    /** Comes back after the receiver's time and as much again of jitter, doubling, so that refused senders spread out. */
    void onReject(int reasonCode, long retryAfterMs, String detail, long nowNs) {
        if (state != OutboundState.RESERVING) {
            return;
        }
        if (retryAfterMs == 0) {
            context.counters().add(Kind.REJECTED, 1);
            finish(OutboundState.FAILED, new EngineNotice.Rejected(board.handle(), reasonCode, 0, detail));
            return;
        }
        context.counters().add(Kind.RETRIED, 1);
        long afterNs = TimeUnit.MILLISECONDS.toNanos(retryAfterMs);
        long jitterNs = Math.min(afterNs << Math.min(refusals++, 10), context.timeouts().retryMaxNs());
        retryAtNs = nowNs + afterNs + context.random().nextLong(jitterNs + 1);
        context.engine().tell(new EngineNotice.Rejected(board.handle(), reasonCode, retryAfterMs, detail));
        wake();
    }

    /** Held, whole: asks for the addresses at once. */
    void onGrant(GrantDecoder message, ReservationId granted, long nowNs) {
        if (state != OutboundState.RESERVING) {
            return;   // told twice: the first stands
        }
        reservation = granted;
        peer.byReservation().put(granted.counter(), this);
        retryAtNs = NEVER;
        renewEveryNs = TimeUnit.MILLISECONDS.toNanos(message.leaseMs()) / RENEWALS_PER_LEASE;
        renewAtNs = renewEveryNs > 0 ? nowNs + renewEveryNs : NEVER;
        int have = Math.clamp(message.heldTokens(), haveTokens, spec.tokens());
        if (have != cells.haveTokens()) {
            cells = CellMap.of(peer.pairing(), spec.tokens(), spec.growthTokens(), have, cells.extentBytes());
        }
        state(OutboundState.GRANTED);
        context.counters().add(Kind.GRANTED, 1);
        context.proxy().bind(peer.session(), board.handle(), reservation, Transfer.PART, message.token().high(),
            message.token().low(), peer.scheme());
        wake();
    }

    // ---- Sending

    void onAddresses(AddressesDecoder message) {
        if (state != OutboundState.GRANTED) {
            return;
        }
        RunMap runs = new RunMap(cells.targetShardCount(), cells.extentBytes());
        long token = message.token().low();
        int generation = (int) message.generation();
        String wrong = readRuns(message, runs);
        if (!wrong.isEmpty()) {
            abort(EndReason.PROTOCOL, wrong);
            return;
        }
        transfer = new Transfer(board, peer.session().id(), reservation.counter(), generation, token, cells, runs,
            peer.laneCount(), context.data().agentCount());
        sent = new SentManifest(cells);
        state(OutboundState.STREAMING);
        context.engine().tell(new EngineNotice.Granted(board.handle(), cells));
        context.data().look(transfer);
        onBoard();
    }

    private String readRuns(AddressesDecoder message, RunMap runs) {
        for (AddressesDecoder.RunsDecoder run : message.runs()) {
            if (run.shard() >= runs.shardCount() || run.extentCount() == 0 || run.extentCount() > Integer.MAX_VALUE
                || run.firstExtent() > Integer.MAX_VALUE) {
                return "addresses make no sense: shard=" + run.shard() + " firstExtent=" + run.firstExtent() + " extentCount="
                    + run.extentCount();
            }
            runs.add(run.shard(), run.slab(), (int) run.firstExtent(), (int) run.extentCount());
        }
        for (int shard = 0; shard < runs.shardCount(); shard++) {
            long neededBytes = (long) cells.promptExtents(shard) * cells.extentBytes();
            if (runs.lengthBytes(shard) < neededBytes) {
                return "addresses are fewer than the grant: shard=" + shard + " neededBytes=" + neededBytes + " toldBytes="
                    + runs.lengthBytes(shard);
            }
        }
        return "";
    }

    /** The engine told something: more tokens, the end of prefill, or that it wants no more. */
    void onBoard(long nowNs) {
        if (board.isCancelled() && last == null && !isCancelSent) {
            cancel();
        } else if (state == OutboundState.NEW && board.isFinished()) {
            park(nowNs);
        } else {
            onBoard();
        }
    }

    private void onBoard() {
        if (state != OutboundState.STREAMING) {
            return;
        }
        boolean isFinished = board.isFinished();
        int limit = cells.firstCellOfBlock(cells.blocksComplete(board.prefilledTokens()));
        boolean isNew = limit != transfer.cellLimit();
        transfer.cellLimit(limit);
        if (isFinished && !transfer.round().isLast()) {
            transfer.round(new Transfer.Round(transfer.round().number(), transfer.round().resend(), true));
            isNew = true;
        }
        if (isNew) {
            context.data().look(transfer);
        }
        context.keeper().flushLater(this);
    }

    private void park(long nowNs) {
        state(OutboundState.PARKED);
        if (peer != null && peer.session().isOpen()) {
            startReserving(nowNs, wantedDeadlineMs);
            bind(peer, nowNs);
        } else {
            peer = null;
            endAtNs = nowNs + context.timeouts().parkedNs();
            wake();
        }
    }

    void onCellDone(int cell, int lengthBytes, int crc, int lane, int seq) {
        if (state != OutboundState.STREAMING) {
            return;
        }
        if (sent.add(cell, lengthBytes, crc, lane, seq) && !spec.isSourceFirst()) {
            context.engine().unitFree(board.handle(), cells.block(cell));
        }
        context.counters().add(Kind.CELLS_SENT, 1);
        context.counters().add(Kind.BYTES_SENT, lengthBytes);
        context.keeper().flushLater(this);
    }

    void onLaneDone(int lane, int round, int lastSeq) {
        if (sent == null) {
            return;
        }
        sent.lastSeq(lane, lastSeq);
        if (state == OutboundState.STREAMING && round == transfer.round().number()) {
            sent.laneDone(lane);
            context.keeper().flushLater(this);
        }
    }

    /** End of a cycle: tells the lines that wait, then FIN if nothing is left to do. */
    void flush() {
        if (state != OutboundState.STREAMING) {
            return;
        }
        ManifestLines lines = sent.lines();
        int line = 0;
        while (line < lines.count()) {
            context.proxy().chunkBegin(peer.session(), reservation, Transfer.PART, transfer.round().number(),
                board.prefilledTokens());
            while (line < lines.count() && !context.proxy().chunkIsFull()) {
                context.proxy().chunkLine(lines.cell(line), lines.lengthBytes(line), lines.crc(line), lines.lane(line),
                    lines.seq(line));
                line++;
            }
            context.proxy().chunkEnd();
            context.counters().add(Kind.CHUNKS_TOLD, 1);
        }
        lines.clear();
        if (transfer.round().isLast() && sent.isRoundComplete()) {
            fin();
        }
    }

    private void fin() {
        byte[] aux = board.aux();
        int auxCrc = 0;
        if (aux.length > 0) {
            CRC32C crc = new CRC32C();
            crc.update(aux, 0, aux.length);
            auxCrc = (int) crc.getValue();
        }
        context.proxy().finBegin(peer.session(), reservation, Transfer.PART, transfer.round().number(), board.computedTokens(),
            cells.cellCount(), sent.bytesSent(), sent.digest() + ManifestDigest.ofAux(aux.length, auxCrc));
        for (int lane = 0; lane < peer.laneCount(); lane++) {
            if (sent.isLaneUsed(lane)) {
                context.proxy().finLane(lane, sent.lastSeq(lane));
            }
        }
        context.proxy().finEnd(new UnsafeBuffer(aux), 0, aux.length);
        state(OutboundState.FIN_SENT);
        context.counters().add(Kind.FINS_SENT, 1);
    }

    /** Sends the named cells once more, where their bytes are still here. */
    void onNack(NackDecoder message) {
        if (state != OutboundState.FIN_SENT || message.round() != transfer.round().number()) {
            return;
        }
        context.counters().add(Kind.NACKED, 1);
        NackDecoder.CellsDecoder group = message.cells();
        int[] resend = new int[group.count()];
        for (int i = 0; i < resend.length; i++) {
            long cell = group.next().cell();
            if (cell >= cells.cellCount()) {
                abort(EndReason.PROTOCOL, "a cell that is not there was asked for again: cell=" + cell);
                return;
            }
            resend[i] = (int) cell;
        }
        if (!spec.isSourceFirst()) {
            abort(EndReason.CORRUPT, "the window's bytes are gone: cells=" + resend.length);
            return;
        }
        state(OutboundState.STREAMING);
        sent.resend(resend.length);
        context.counters().add(Kind.CELLS_RESENT, resend.length);
        transfer.round(new Transfer.Round(transfer.round().number() + 1, resend, true));
        context.data().look(transfer);
    }

    // ---- Ends

    void onReady(long consumeWithinMs, long nowNs) {
        if (state != OutboundState.FIN_SENT) {
            return;
        }
        state(OutboundState.LANDED);
        deadlineAtNs = NEVER;
        renewAtNs = NEVER;
        endAtNs = nowNs + TimeUnit.MILLISECONDS.toNanos(consumeWithinMs) + context.timeouts().outcomeNs();
        context.counters().add(Kind.LANDED, 1);
        context.engine().tell(new EngineNotice.Landed(board.handle()));
        stopAgents();
        wake();
    }

    void onOutcome(OutcomeKind kind, EndReason reason, String detail, long nowNs) {
        if (last != null) {
            return;
        }
        if (state == OutboundState.FIN_SENT && kind == OutcomeKind.DELIVERED) {
            onReady(0, nowNs);
        }
        if (state == OutboundState.LANDED) {
            if (kind == OutcomeKind.DELIVERED) {
                context.counters().add(Kind.DELIVERED, 1);
            }
            finish(OutboundState.DONE, new EngineNotice.Outcome(board.handle(), kind, reason));
        } else if (kind == OutcomeKind.DELIVERED && state.isHeldByPeer()) {
            abort(EndReason.PROTOCOL, "delivered before all was sent: state=" + state);
        } else {
            fail(reason, detail);
        }
    }

    /** The receiver cannot go on: it gets its answer now and DRAINED once nothing of ours moves any more. */
    void onAbort(EndReason reason, String detail) {
        context.proxy().abortAck(peer.session(), 0, spec.id(), reservation, Transfer.PART);
        if (last == null) {
            isDrainedDue = state.isHeldByPeer();
            fail(reason, detail);
        }
    }

    /** The decode side does not want it any more. */
    void onPeerCancel(EndReason reason) {
        if (last == null && state != OutboundState.FIN_SENT && state != OutboundState.LANDED) {
            isDrainedDue = state.isHeldByPeer();
            fail(reason == EndReason.NONE ? EndReason.CANCELLED : reason, "cancelled by the decode side");
        }
    }

    /** {@code what} as in STALE: 3 the token, 4 the reservation; the others end with their session. */
    void onStale(int what) {
        if (last == null && what >= 3 && state.isHeldByPeer()) {
            fail(EndReason.NOT_KNOWN, "the receiver does not know it any more: what=" + what);
        }
    }

    void onStopped(int failures) {
        stoppedAgents++;
        failedCompletions += failures;
        endIfQuiet();
    }

    void onSessionLost(EndReason reason, long nowNs) {
        String detail = "session lost: reason=" + reason + " peer=" + peer.session().peer().nodeId();
        if (state == OutboundState.RESERVING) {
            // The receiver keeps its place in the queue for a while; so do we.
            peer = null;
            hasAsked = false;
            retryAtNs = NEVER;
            endAtNs = nowNs + context.timeouts().rebindNs();
            wake();
        } else if (state == OutboundState.NEW) {
            peer = null;
        } else if (state == OutboundState.LANDED) {
            outcomeUnknown();
        } else if (state == OutboundState.FIN_SENT) {
            state(OutboundState.UNKNOWN);
            finish(OutboundState.FAILED, new EngineNotice.Failed(board.handle(), EndReason.OUTCOME_UNKNOWN, detail));
        } else {
            fail(EndReason.SESSION_LOST, detail);
        }
    }

    void onTimer(long nowNs) {
        if (last != null) {
            return;
        }
        if (isDue(deadlineAtNs, nowNs)) {
            String detail = "past its deadline: state=" + state;
            if (state == OutboundState.RESERVING) {
                sendCancel(EndReason.DEADLINE);
                fail(EndReason.DEADLINE, detail);
            } else {
                abort(EndReason.DEADLINE, detail);
            }
        } else if (isDue(endAtNs, nowNs)) {
            switch (state) {
                case PARKED -> fail(EndReason.NOT_WANTED, "nobody asked for it in time");
                case RESERVING -> fail(EndReason.SESSION_LOST, "no new session in time");
                case LANDED -> outcomeUnknown();
                default -> throw new IllegalStateException("no such wait: state=" + state);
            }
        } else if (isDue(retryAtNs, nowNs)) {
            reserve(nowNs);
        } else {
            if (isDue(renewAtNs, nowNs)) {
                renewAtNs = nowNs + renewEveryNs;
                if (state == OutboundState.GRANTED || state == OutboundState.STREAMING) {
                    context.proxy().renew(peer.session(), board.handle(), reservation, Transfer.PART, board.prefilledTokens(),
                        sent == null ? 0 : sent.bytesSent());
                }
            }
            wake();
        }
    }

    /** Ends it here and now, with the peer told. */
    void shutdown() {
        if (last == null) {
            if (state.isHeldByPeer()) {
                abort(EndReason.SHUTDOWN, "the sender goes down");
            } else if (state == OutboundState.LANDED) {
                outcomeUnknown();
            } else {
                sendCancel(EndReason.SHUTDOWN);
                fail(EndReason.SHUTDOWN, "the sender goes down");
            }
        }
    }

    private void outcomeUnknown() {
        finish(OutboundState.DONE,
            new EngineNotice.Outcome(board.handle(), OutcomeKind.NULL_VAL, EndReason.OUTCOME_UNKNOWN));
    }

    private void cancel() {
        sendCancel(EndReason.CANCELLED);
        if (state != OutboundState.FIN_SENT && state != OutboundState.LANDED) {
            isDrainedDue = state.isHeldByPeer();
            fail(EndReason.CANCELLED, "cancelled by the engine");
        }
    }

    private void sendCancel(EndReason reason) {
        isCancelSent = true;
        Session session = peer == null ? null : peer.session();
        if (session != null && session.isOpen() && (hasAsked || state.isHeldByPeer())) {
            context.proxy().cancel(session, board.handle(), spec.id(), reason);
        }
    }

    private void abort(EndReason reason, String detail) {
        context.proxy().abort(peer.session(), board.handle(), spec.id(), reservation, Transfer.PART, reason, detail);
        isDrainedDue = true;
        fail(reason, detail);
    }

    private void fail(EndReason reason, String detail) {
        if (state.isHeldByPeer()) {
            state(OutboundState.CANCELLING);
        }
        finish(OutboundState.FAILED, new EngineNotice.Failed(board.handle(), reason, detail));
    }

    private void finish(OutboundState endState, EngineNotice notice) {
        lastState = endState;
        last = notice;
        deadlineAtNs = NEVER;
        retryAtNs = NEVER;
        endAtNs = NEVER;
        renewAtNs = NEVER;
        wake();
        stopAgents();
        endIfQuiet();
    }

    private void stopAgents() {
        if (transfer != null && !transfer.isStopped()) {
            transfer.stop();
            context.data().look(transfer);
        }
    }

    /** Sources are not reused before their completion, so the engine hears of an end only when no agent works for it. */
    private void endIfQuiet() {
        if (last == null || (transfer != null && stoppedAgents < context.data().agentCount())) {
            return;
        }
        if (isDrainedDue && peer.session().isOpen()) {
            context.proxy().drainedBegin(peer.session(), reservation, Transfer.PART, failedCompletions);
            for (int lane = 0; sent != null && lane < peer.laneCount(); lane++) {
                if (sent.lastSeq(lane) != 0) {
                    context.proxy().drainedLane(lane, sent.lastSeq(lane));
                }
            }
            context.proxy().drainedEnd();
        }
        state(lastState);
        if (last instanceof EngineNotice.Failed failed) {
            context.counters().add(Kind.FAILED, 1);
            context.counters().ended(failed.reason());
        }
        if (peer != null) {
            peer.byReservation().remove(reservation.counter());
        }
        context.keeper().remove(this);
        context.engine().tell(last);
    }

    private void wake() {
        context.keeper().wakeAt(this, earliest(earliest(deadlineAtNs, retryAtNs), earliest(endAtNs, renewAtNs)));
    }

    private static boolean isDue(long timeNs, long nowNs) {
        return timeNs != NEVER && timeNs - nowNs <= 0;
    }

    /** Times wrap round, so they compare by difference; NEVER is no time. */
    private static long earliest(long a, long b) {
        if (a == NEVER || b == NEVER) {
            return a == NEVER ? b : a;
        }
        return a - b <= 0 ? a : b;
    }
}
