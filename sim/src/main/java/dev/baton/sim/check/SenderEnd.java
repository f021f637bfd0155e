package dev.baton.sim.check;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.sender.core.DataPlane;
import dev.baton.sender.core.EngineNotice;
import dev.baton.sender.core.EngineOutbox;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.PrefixWant;
import dev.baton.sender.core.SchemeChoice;
import dev.baton.sender.core.SenderCore;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.core.SenderTimeouts;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.LinkContext;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.Peering;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.SenderAdapter;

/** One life of the sending process: the real core, and its data agent and engine as far as the core sees them. */
final class SenderEnd implements DataPlane, EngineOutbox, Peering {
    /** Of {@link #nextPost}. */
    static final int NOTHING = -2;
    static final int LAST_MARK = -1;
    private static final long UNIT_NS = TimeUnit.MILLISECONDS.toNanos(Words.UNIT_MS);
    private static final SenderTimeouts TIMEOUTS = new SenderTimeouts(4 * UNIT_NS, 2 * UNIT_NS, 2 * UNIT_NS,
        2 * UNIT_NS, TimeUnit.MILLISECONDS.toNanos(1));

    final long incarnation;
    private final HandoffView[] views;
    private final CheckFence fence;
    private final boolean isOneSided;
    private final Defect defect;
    private final SenderCore core;
    private final MessageListener listener;
    private CheckSession session;
    private boolean isClosedTold = true;
    /** Session whose lanes are to be closed; 0 for none. */
    private long closing;

    SenderEnd(long incarnation, HandoffView[] views, CheckFence fence, boolean isOneSided, Defect defect,
        long startNs) {
        this.incarnation = incarnation;
        this.views = views;
        this.fence = fence;
        this.isOneSided = isOneSided;
        this.defect = defect;
        core = new SenderCore(Words.LAYOUT, ShardRange.all(1), new SchemeChoice(List.of(isOneSided ? "shm" : "tcp"), 1), TIMEOUTS, 16,
            this, this, boundNs -> 0, new SenderCounters(), (handoff, peer, state, reason, detail, nowNs) -> { }, startNs);
        core.addPeering(this);
        listener = new SenderAdapter(core.messages());
    }

    /** The last one, open or not. */
    CheckSession ownSession() {
        return session;
    }

    boolean isOpen() {
        return session != null && session.isOpen();
    }

    void opened(CheckSession next) {
        session = next;
        isClosedTold = false;
        core.onSessionOpened(next);
    }

    void lose(EndReason reason) {
        session.close(reason);
    }

    void now(long nowNs) {
        core.timeNs(nowNs);
        tellClosed();
    }

    void endCycle() {
        tellClosed();
        core.endCycle();
        tellClosed();
    }

    private void tellClosed() {
        if (session != null && !session.isOpen() && !isClosedTold) {
            isClosedTold = true;
            core.onSessionClosed(session, session.endReason());
        }
    }

    void hear(boolean comesAgain) {
        session.hear(listener, comesAgain);
    }

    void begin(HandoffView view, boolean isSourceFirst) {
        int tokens = view.cellCount * Words.BLOCK_TOKENS;
        HandoffSpec spec = isSourceFirst ? HandoffSpec.sourceFirst(view.id, tokens)
            : HandoffSpec.destinationFirst(view.id, 0, tokens);
        view.board = new HandoffBoard(HandoffBoard.handle(view.index, 1), spec, null, view.cellCount);
        core.onBoard(view.board);
    }

    void prefill(HandoffView view) {
        view.isPrefilled = true;
        view.board.prefilled(view.cellCount * Words.BLOCK_TOKENS);
        view.board.finished(view.cellCount * Words.BLOCK_TOKENS, new byte[0]);
        core.onBoard(view.board);
    }

    void cancel(HandoffView view) {
        view.isSenderCancelled = true;
        view.board.cancelled();
        core.onBoard(view.board);
    }

    /** The next cell that may be posted, {@link #LAST_MARK} of the round, or {@link #NOTHING}. */
    int nextPost(HandoffView view, long nowNs) {
        Transfer transfer = view.transfer;
        boolean isGone = transfer == null || (view.isStopSaid && defect != Defect.POST_AFTER_STOP)
            || fence.isReleased(transfer.paths().sessionId(0));
        if (isGone || !mayPost(transfer, nowNs)) {
            return NOTHING;
        }
        int left = view.toSend & ~view.posted;
        if (left != 0) {
            int cell = Integer.numberOfTrailingZeros(left);
            boolean isReady = cell < transfer.cellLimit() && (!isOneSided || view.pending == 0);
            if (isMarkEarly(view, left)) {
                return LAST_MARK;
            }
            return isReady ? cell : NOTHING;
        }
        boolean isMarkDue = transfer.round().isLast() && !view.isMarkPosted
            && (!isOneSided || view.pending == 0 || defect == Defect.MARK_OVERTAKES);
        return isMarkDue ? LAST_MARK : NOTHING;
    }

    private boolean isMarkEarly(HandoffView view, int left) {
        return defect == Defect.CLOSED_BEFORE_LAST_CELL && Integer.bitCount(left) == 1 && !view.isMarkPosted
            && view.posted != 0 && view.transfer.round().isLast();
    }

    private boolean mayPost(Transfer transfer, long nowNs) {
        return defect == Defect.POST_AFTER_STOP || transfer.mayPost(nowNs);
    }

    void post(HandoffView view, long nowNs) {
        int cell = nextPost(view, nowNs);
        OutboundState state = core.state(view.board.handle());
        if (state == OutboundState.FIN_SENT || state == OutboundState.UNKNOWN || state == OutboundState.LANDED) {
            throw new Broken("S5", "a post after FIN: handoff=" + view.index + " state=" + state + " cell=" + cell);
        }
        if (cell < 0) {
            view.isMarkPosted = true;
            view.markSeq++;
            core.onLaneDone(view.board.handle(), 0, view.round, view.markSeq);
            return;
        }
        view.posted |= 1 << cell;
        view.pending |= 1 << cell;
        if (!isOneSided || defect == Defect.DONE_AT_ONCE) {
            done(view, cell);   // the wire has its copy
        }
    }

    /** Its source was read to the end. */
    void landed(HandoffView view, int cell) {
        if (isOneSided && view.board != null && defect != Defect.DONE_AT_ONCE) {
            done(view, cell);
        }
    }

    private void done(HandoffView view, int cell) {
        core.onCellDone(view.board.handle(), cell, Words.CELL_BYTES, Words.crc(cell), 0,
            isOneSided ? view.markSeq + 1 : 0);
    }

    boolean mayStop(HandoffView view) {
        return view.isStopDue && !view.isStopSaid && defect != Defect.STOP_UNSAID
            && (!isOneSided || view.pending == 0 || defect == Defect.DRAINED_AT_ONCE);
    }

    void stopped(HandoffView view) {
        view.isStopSaid = true;
        core.onStopped(view.board.handle(), 0, 0);
    }

    /** Lanes of a lost session may be closed: nothing is under way there. */
    boolean mayQuiet() {
        if (closing == 0 || defect == Defect.NEVER_QUIET) {
            return false;
        }
        for (HandoffView view : views) {
            boolean isOnIt = view.transfer != null && view.transfer.paths().processOf(closing) >= 0;
            if (isOnIt && isOneSided && view.pending != 0 && defect != Defect.UNLOCK_EARLY) {
                return false;
            }
        }
        return true;
    }

    void quiet() {
        fence.release(closing);
        closing = 0;
    }

    boolean isIdle() {
        return core.handoffCount() == 0;
    }

    @Override
    public int agentCount() {
        return 1;
    }

    @Override
    public void openLanes(String scheme, List<LinkContext> lanes) {
        fence.hold(session.peer().incarnation(), lanes.getFirst().sessionId());
    }

    @Override
    public void closeLanes(long sessionId) {
        if (fence.isHeld(sessionId)) {
            closing = sessionId;
        }
    }

    @Override
    public void look(Transfer transfer) {
        transfer.taken(0);
        HandoffView view = views[HandoffBoard.slot(transfer.handle())];
        view.transfer = transfer;
        view.target = session.peer().incarnation();
        if (transfer.isStopped()) {
            view.isStopDue = true;
        } else if (transfer.round().number() != view.round) {
            view.roundBegins(transfer.round());
        }
    }

    /** S16: what the engine hears lets it use its memory again, so nothing reads it any more. */
    private void requireUnread(HandoffView view, int cells, String why) {
        if (isOneSided && (view.pending & cells) != 0) {
            throw new Broken("S16", "a source goes while it is read: handoff=" + view.index + " cells=" + view.pending
                + " because=" + why);
        }
    }

    /** Nothing is kept in this world. */
    @Override
    public boolean lookFor(PrefixWant want) {
        return false;
    }

    @Override
    public void found(PrefixHere here) {
        throw new IllegalStateException("nobody asked for it: prompt=" + here.ask().id());
    }

    @Override
    public void unitFree(long handle, int block) {
        requireUnread(views[HandoffBoard.slot(handle)], 1 << block, "unit free");
    }

    @Override
    public void tell(EngineNotice notice) {
        HandoffView view = views[HandoffBoard.slot(notice.handle())];
        if (notice instanceof EngineNotice.Landed) {
            requireUnread(view, view.all(), "landed");
        }
        if (!notice.isLast()) {
            return;
        }
        requireUnread(view, view.all(), notice.toString());
        if (view.senderSays != HandoffView.Verdict.NONE) {
            throw new Broken("S9", "the sender's engine is told twice of an end: " + notice);
        }
        view.senderSays = switch (notice) {
            case EngineNotice.Outcome outcome when outcome.kind() == OutcomeKind.DELIVERED ->
                HandoffView.Verdict.DELIVERED;
            case EngineNotice.Outcome outcome -> ended(outcome.reason());
            case EngineNotice.Failed failed -> ended(failed.reason());
            default -> HandoffView.Verdict.ENDED;
        };
        view.agree();
    }

    private static HandoffView.Verdict ended(EndReason reason) {
        if (reason == EndReason.NONE) {
            throw new Broken("S19", "an end without a reason at the sender");
        }
        return reason == EndReason.OUTCOME_UNKNOWN ? HandoffView.Verdict.UNKNOWN : HandoffView.Verdict.ENDED;
    }

    @Override
    public String host() {
        return "check";
    }

    @Override
    public int port() {
        return 1;
    }

    @Override
    public CheckSession session() {
        return isOpen() ? session : null;
    }

    @Override
    public String whyNot() {
        return "";
    }

    @Override
    public boolean isDone() {
        return false;
    }

    @Override
    public void close() {}
}
