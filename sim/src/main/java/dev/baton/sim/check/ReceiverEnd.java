package dev.baton.sim.check;

import java.util.concurrent.TimeUnit;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.tier.Eviction;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.receiver.ReceiverMessages;
import dev.baton.receiver.core.DecodeEvents;
import dev.baton.receiver.core.LandingZone;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.SourceParts;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * One life of the receiving process: the real core, ledger and admission, and its data agent and engine as far as the
 * core sees them.
 */
final class ReceiverEnd implements LandingZone, DecodeEvents {
    private static final long UNIT_NS = TimeUnit.MILLISECONDS.toNanos(Words.UNIT_MS);
    private static final ReceiverLimits LIMITS = new ReceiverLimits(3 * UNIT_NS, 2 * UNIT_NS, 4 * UNIT_NS, 2 * UNIT_NS,
        UNIT_NS, UNIT_NS, 2, 16, 1 << 12, 1000 * UNIT_NS, UNIT_NS, 2 * UNIT_NS, 1 << 12, CacheLimits.of(Eviction.LRU));

    final long incarnation;
    private final HandoffView[] views;
    private final CheckFence fence;
    private final boolean isOneSided;
    private final ReservationLedger ledger;
    private final ReceiverCore core;
    private final SenderProxy proxy = new SenderProxy();
    private final MessageListener listener;
    private CheckSession session;
    private boolean isClosedTold = true;
    private long random;

    ReceiverEnd(long incarnation, HandoffView[] views, CheckFence fence, boolean isOneSided, long startNs) {
        this.incarnation = incarnation;
        this.views = views;
        this.fence = fence;
        this.isOneSided = isOneSided;
        random = incarnation << 16;
        SlabPlan plan = SlabPlan.even(1, (long) Words.EXTENTS * Words.CELL_BYTES, Words.CELL_BYTES, 0);
        ledger = new ReservationLedger(new ExtentLedger(plan), incarnation, 4);
        core = new ReceiverCore(Words.LAYOUT, ledger, AdmissionLimits.DEFAULT, null, this, proxy, this,
            () -> ++random, LIMITS);
        listener = new ReceiverAdapter(new ReceiverMessages(core));
        core.doWork(startNs);
        core.engineAttached(true);
    }

    boolean isOpen() {
        return session != null && session.isOpen();
    }

    CheckSession ownSession() {
        return session;
    }

    void opened(CheckSession next) {
        session = next;
        isClosedTold = false;
        core.onSessionOpened(next);
    }

    void lose(EndReason reason) {
        session.close(reason);
        tellClosed();
    }

    /** A cycle: what was lost is told, timers and admission move on. */
    void work(long nowNs) {
        tellClosed();
        core.doWork(nowNs);
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

    void want(HandoffView view) {
        view.isWanted = true;
        proxy.wantBegin(session, 1, view.id, 0, 4 * Words.UNIT_MS, -1);
        proxy.wantEnd();
    }

    void reserve(HandoffView view) {
        view.isReserved = true;
        core.reserve(view.id, new UnboundAsk(Words.LAYOUT, (long) view.cellCount * Words.BLOCK_TOKENS, 0, 0, 0,
            4 * Words.UNIT_MS, 2 * Words.UNIT_MS));
    }

    void cancel(HandoffView view) {
        view.isReceiverCancelled = true;
        core.cancel(view.id, EndReason.CANCELLED);
    }

    /** S9: delivered once, and nothing else before; the engine lets go of what it was told has ended. */
    void take(HandoffView view) {
        if (core.receiving().take(view.reservation)) {
            if (view.receiverSays != HandoffView.Verdict.NONE) {
                throw new Broken("S9", "taken after its end: handoff=" + view.index + " said=" + view.receiverSays);
            }
            view.receiverSays = HandoffView.Verdict.DELIVERED;
            view.agree();
        } else if (view.receiverSays == HandoffView.Verdict.ENDED) {
            release(view);
        }
    }

    void release(HandoffView view) {
        core.receiving().release(view.reservation);
    }

    boolean mayMark(HandoffView view, Defect defect) {
        return view.isMarkPosted && !view.isMarkRead && isTaking(view)
            && (view.pending == 0 || defect == Defect.MARK_OVERTAKES);
    }

    void mark(HandoffView view) {
        view.isMarkRead = true;
        core.receiving().onMark(view.reservation, 0, view.round, 0, view.markSeq, true);
    }

    /** The lowest cell that the data agent can judge, -1 for none. */
    int nextJudged(HandoffView view) {
        int ready = view.landed & view.lined & ~view.judged;
        return ready == 0 || !isTaking(view) || (isOneSided && !view.isMarkRead) ? -1
            : Integer.numberOfTrailingZeros(ready);
    }

    void judge(HandoffView view, boolean isRight) {
        int cell = nextJudged(view);
        view.judged |= 1 << cell;
        if (isRight) {
            view.verified |= 1 << cell;
            core.receiving().onCellVerified(view.reservation, cell, Words.CELL_BYTES);
        } else {
            core.receiving().onCellCorrupt(view.reservation, cell, Words.crc(cell), 1);
        }
    }

    private boolean isTaking(HandoffView view) {
        return view.slot >= 0 && !view.isRevokeSaid && find(view) != null;
    }

    boolean mayRevoke(HandoffView view) {
        return view.isRevokeDue && !view.isRevokeSaid && find(view) != null;
    }

    void revoked(HandoffView view) {
        view.isRevokeSaid = true;
        core.receiving().onRevoked(view.reservation, 0);
    }

    /** {@link Defect#EVIDENCE_BY_TIMER}: what is fenced counts as proved. */
    void pretend(HandoffView view) {
        if (isIn(view, ReservationState.FENCING)) {
            revoked(view);
            fence.releaseAll();
        }
    }

    /** S2, S5: a store changes what is its reservation's own, and is not judged already. */
    void land(HandoffView view, int cell, Defect defect) {
        boolean isStopped = defect != Defect.STOP_SAID_ONLY && (view.isRevokeSaid || find(view) == null);
        if (!isOneSided && (isStopped || view.slot < 0)) {
            return;
        }
        long run = ExtentRun.of(view.slab, view.extents[cell], 1);
        ExtentState state = ledger.extents().state(view.slab, view.extents[cell]);
        boolean isOwn = ledger.extents().isOwnedBy(run, ExtentLedger.owner(view.slot, view.generation));
        boolean isKept = isIn(view, ReservationState.QUARANTINED) && state == ExtentState.QUARANTINED;
        if (!isOwn && !isKept) {
            throw new Broken("S2", "a write lands in memory that is not its reservation's: handoff=" + view.index +
                " cell=" + cell + " extentState=" + state);
        }
        if (isIn(view, ReservationState.VERIFYING)) {
            throw new Broken("S5", "a write lands in VERIFYING: handoff=" + view.index + " cell=" + cell);
        }
        view.landed |= 1 << cell;
    }

    /** S1, S8: what the ledger says of itself, and one live reservation of an attempt. */
    void check() {
        try {
            ledger.checkInvariants();
        } catch (IllegalStateException ex) {
            throw new Broken("S1", ex.getMessage());
        }
        int[] live = new int[views.length];
        ledger.forEachLive(reservation -> live[(int) (reservation.requestLow() - views[0].id.requestLow())]++);
        for (int count : live) {
            if (count > 1) {
                throw new Broken("S8", "two live reservations of one attempt");
            }
        }
    }

    Reservation find(HandoffView view) {
        return ledger.findOrNull(view.id.tenant(), view.id.requestHigh(), view.id.requestLow(), view.id.attempt());
    }

    boolean isIn(HandoffView view, ReservationState state) {
        Reservation reservation = find(view);
        return reservation != null && reservation.state() == state;
    }

    /** L1: nothing is held, all extents can be had. */
    boolean isEmpty() {
        return ledger.liveCount() == 0 && ledger.extents().availableCount(0) == Words.EXTENTS;
    }

    private HandoffView of(HandoffId id) {
        return views[(int) (id.requestLow() - views[0].id.requestLow())];
    }

    private HandoffView byReservation(long reservation) {
        for (HandoffView view : views) {
            if (view.reservation == reservation) {
                return view;
            }
        }
        throw new Broken("S7", "the core speaks of an unknown reservation: reservation=" + reservation);
    }

    @Override
    public CheckFence fence() {
        return fence;
    }

    @Override
    public int laneCount() {
        return 1;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {}

    @Override
    public void closeSession(long sessionId) {}

    @Override
    public void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        Reservation granted = ledger.findOrNull(reservation);
        HandoffView view = views[(int) (granted.requestLow() - views[0].id.requestLow())];
        if (view.slot >= 0) {
            throw new Broken("S8", "a second grant of one attempt: " + granted);
        }
        view.reservation = reservation;
        view.slot = slot;
        view.generation = generation;
        view.wasGranted = true;
        for (int cell = 0; cell < view.cellCount; cell++) {
            long at = granted.locate(0, cell);
            view.slab = ExtentRun.slabId(at);
            view.extents[cell] = ExtentRun.firstExtent(at);
        }
    }

    @Override
    public void bind(long reservation, int part, long sessionId, long token) {
        byReservation(reservation).boundSession = sessionId;
    }

    @Override
    public void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean oneSided) {
        byReservation(reservation).lined |= 1 << cell;
    }

    @Override
    public void seal(long reservation) {}

    @Override
    public void reopen(long reservation, int lane, int cell) {
        HandoffView view = byReservation(reservation);
        view.landed &= ~(1 << cell);
        view.judged &= ~(1 << cell);
        view.lined &= ~(1 << cell);
    }

    @Override
    public void revoke(long reservation) {
        byReservation(reservation).isRevokeDue = true;
    }

    /** No block has a name here, so nothing is kept. */
    @Override
    public void recheck(int slot, long reservation, int endBlock) {
        throw new Broken("S3", "unnamed blocks are read again: reservation=" + reservation);
    }

    /** S3: extents whose addresses were told leave an unclean end only when nothing can write there any more. */
    @Override
    public void close(int slot, long reservation) {
        HandoffView view = byReservation(reservation);
        if (view.readyCount > 0 || view.boundSession == 0) {
            return;
        }
        boolean isSenderDone = !isOneSided || fence.isReleased(view.boundSession)
            || (view.transfer == null ? view.senderSays != HandoffView.Verdict.NONE : view.isStopSaid);
        if (!view.isRevokeSaid || !isSenderDone || (isOneSided && view.pending != 0)) {
            throw new Broken("S3", "extents leave without evidence: handoff=" + view.index + " revoked=" +
                view.isRevokeSaid + " senderDone=" + isSenderDone + " pending=" + view.pending);
        }
    }

    /** S4: every line, byte and mark is in, and nothing is under way. */
    @Override
    public void onReady(ReadyHandoff handoff) {
        HandoffView view = of(handoff.handoffId());
        boolean isWhole = view.landed == view.all() && view.verified == view.all() && view.pending == 0
            && view.isMarkRead;
        if (!isWhole || ++view.readyCount > 1 || view.endings > 0) {
            throw new Broken(isWhole ? "S8" : "S4", "READY: handoff=" + view.index + " landed=" + view.landed +
                " verified=" + view.verified + " pending=" + view.pending + " mark=" + view.isMarkRead +
                " readyCount=" + view.readyCount + " endings=" + view.endings);
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        HandoffView view = of(handoff);
        if (++view.endings > 1 || view.receiverSays == HandoffView.Verdict.DELIVERED) {
            throw new Broken("S9", "the decode engine is told of a second end: handoff=" + view.index + " reason="
                + reason + " before=" + view.receiverSays);
        }
        if (reason == EndReason.NONE) {
            throw new Broken("S19", "an end without a reason at the receiver: handoff=" + view.index);
        }
        view.receiverSays = HandoffView.Verdict.ENDED;
        view.agree();
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {}

    @Override
    public void onReleaseLate(HandoffId handoff) {}

    @Override
    public void onReserved(HandoffId handoff) {}

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {}
}
