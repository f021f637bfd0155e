package dev.baton.sim.check;

import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import dev.baton.receiver.ReceiverMessages;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.SenderAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiver's real core, ledger and codecs between a sender, one data agent and an engine that may do whatever
 * honest ones may, in any order. Two handoffs of two cells and one share a pool of two extents. What was
 * sent may arrive late, twice or never; a write may land long after its session; time passes in few large steps.
 * <p>
 * The core cannot be copied, so a state is the steps that lead to it: {@link #reset()} ends what is left of the run
 * before and starts the next, with ids of its own, on the same core. Not thread-safe.
 */
final class ReceiverWorld {
    private static final int HANDOFFS_MAX = 2;
    private static final int EXTENTS = 2;
    private static final long UNIT_NS = TimeUnit.MILLISECONDS.toNanos(SenderWords.UNIT_MS);
    private static final ReceiverLimits LIMITS = new ReceiverLimits(3 * UNIT_NS, 2 * UNIT_NS, 4 * UNIT_NS, 2 * UNIT_NS,
        UNIT_NS, UNIT_NS, 2, 16, 1 << 12, 16 * UNIT_NS, UNIT_NS, 2 * UNIT_NS, 1 << 12);

    final Scenario scenario;
    final boolean isOneSided;
    final Defect defect;
    private final HandoffView[] views;
    private final ReservationLedger ledger;
    private final Surroundings around;
    private final ReceiverCore core;
    private final SenderAdapter toSender;
    private final ReceiverAdapter toReceiver;
    private final SenderWords said = new SenderWords();
    private final Fingerprint state;
    private final int[] liveCounts = new int[HANDOFFS_MAX];
    private CheckSession atReceiver;
    private CheckSession atSender;
    private long nowNs = TimeUnit.HOURS.toNanos(1);
    private long request = 1;
    private long sessionId;
    private long incarnation;
    private long random = 100;
    private int sessions;
    private boolean isUnlocked;
    private long probedNs;
    private int ticks;
    int losses;
    int corruptions;
    int engineEnds;

    ReceiverWorld(Scenario scenario, Defect defect) {
        this.scenario = scenario;
        isOneSided = scenario.isOneSided();
        views = scenario.handoffs() == 1 ? new HandoffView[] {new HandoffView(0, 2)}
            : new HandoffView[] {new HandoffView(0, 2), new HandoffView(1, 1)};
        this.defect = defect;
        SlabPlan plan = SlabPlan.even(1, (long) EXTENTS * SenderWords.CELL_BYTES, SenderWords.CELL_BYTES, 0);
        ledger = new ReservationLedger(new ExtentLedger(plan), SenderWords.RECEIVER, 4);
        around = new Surroundings(ledger, views, isOneSided);
        core = new ReceiverCore(SenderWords.LAYOUT, ledger, AdmissionLimits.DEFAULT, null, around, new SenderProxy(),
            around, () -> ++random, LIMITS);
        state = new Fingerprint(ledger, core.admission());
        core.engineAttached(true);
        toSender = new SenderAdapter(around);
        toReceiver = new ReceiverAdapter(new ReceiverMessages(core, around));
        core.doWork(nowNs);
        incarnation = 1;
        connect(0);
        reset();
    }

    /** Ends the run, gives all memory back and begins another. */
    void reset() {
        for (HandoffView view : views) {
            clean(view);
        }
        if (ledger.liveCount() > 0) {
            throw new IllegalStateException("a run leaves reservations behind: live=" + ledger.liveCount());
        }
        int idle = (int) ledger.extents().counts().evictable(0);
        if (idle > 0) {
            ledger.extents().evict(0, idle);
        }
        nowNs += 64 * UNIT_NS;
        core.doWork(nowNs);
        nowNs += 4 * UNIT_NS;   // the core takes the first for a pause of its own, and waits before it ends anything
        request += HANDOFFS_MAX;
        for (HandoffView view : views) {
            view.clear();
        }
        around.begin(request);
        if (sessions > 1 || !atReceiver.isOpen()) {
            sessions = 0;
            if (atReceiver.isOpen()) {
                atReceiver.lose();
                core.onSessionClosed(atReceiver, EndReason.SESSION_LOST);
            }
            connect(0);
        }
        isUnlocked = false;
        ticks = 0;
        losses = 0;
        corruptions = 0;
        engineEnds = 0;
        core.doWork(nowNs);
    }

    private void clean(HandoffView view) {
        Reservation left = find(view);
        if (left == null) {
            return;
        }
        HandoffId id = id(view);
        long handle = left.id();
        view.readyCount = 0;
        view.outcomes = 0;
        view.engineEndings = 0;
        view.isStopped = true;
        view.saidDrained = true;
        if (left.state() == ReservationState.READY) {
            view.isTaken = true;
            core.receiving().take(handle);
        }
        if (left.state() == ReservationState.TAKEN) {
            core.receiving().release(handle);
            return;
        }
        view.isTaken = false;
        core.cancel(id, EndReason.CANCELLED);
        if (ledger.findOrNull(handle) != null) {
            core.receiving().onRevoked(handle, 0);
        }
        if (ledger.findOrNull(handle) != null && view.boundOn != null) {
            sayDrained(view, true);
        }
    }

    private void connect(long drainedThrough) {
        sessionId++;
        NodeIdentity sender = SenderWords.identity("sender", incarnation, Role.PREFILL);
        NodeIdentity receiver = SenderWords.identity("receiver", SenderWords.RECEIVER, Role.DECODE);
        atReceiver = new CheckSession(sessionId, sessions, SenderWords.RECEIVER, sender, toSender, drainedThrough);
        atSender = new CheckSession(sessionId, sessions, incarnation, receiver, toReceiver, 0);
        CheckSession.join(atReceiver, atSender);
        sessions++;
        core.onSessionOpened(atReceiver);
    }

    /** Writes the steps that may come next. */
    int next(byte[] into) {
        int count = 0;
        for (HandoffView view : views) {
            for (Step step : HandoffSteps.ALL) {
                for (int cell = 0; cell < HandoffSteps.cells(step, view); cell++) {
                    if (HandoffSteps.mayHappen(this, step, view, 1 << cell)) {
                        into[count++] = step.of(view.index, cell);
                    }
                }
            }
        }
        if (ticks < scenario.ticksMax()) {
            into[count++] = Step.TICK.of(0, 0);
        }
        if (losses < scenario.lossesMax()) {
            into[count++] = Step.LOSE_SESSION.of(0, 0);
            into[count++] = Step.RESTART.of(0, 0);
        }
        if (isOneSided && sessions > 1 && !isUnlocked
            && (HandoffView.areQuiet(views, atSender) || defect == Defect.UNLOCK_EARLY)) {
            into[count++] = Step.UNLOCK.of(0, 0);
        }
        return count;
    }

    /** A step that was performed and checked in an earlier run. */
    void repeat(byte packed) {
        perform(Step.step(packed), views[Step.handoff(packed)], Step.cell(packed));
        if (isAnyWaiting()) {
            probedNs = nowNs;   // the core looks at locks once in 10 ms, and a tick is longer
        }
        core.doWork(nowNs);
    }

    private boolean isAnyWaiting() {
        for (HandoffView view : views) {
            if (view.isRevoked && find(view) != null) {
                return true;
            }
        }
        return false;
    }

    /** @throws Broken if an invariant does not hold then */
    void perform(byte packed) {
        try {
            repeat(packed);
            ledger.checkInvariants();
        } catch (IllegalStateException ex) {
            throw new Broken("S1", "the core refuses its own step: " + ex.getMessage());
        }
        checkLive();
    }

    private void perform(Step step, HandoffView view, int cell) {
        int bit = 1 << cell;
        switch (step) {
            case RESERVE -> {
                view.reserves++;
                said.reserve(atSender, id(view), view);
            }
            case BIND -> {
                view.binds++;
                view.boundOn = atSender;
                said.bind(atSender, view, isOneSided ? "shm" : "tcp");
            }
            case RENEW -> {
                view.renews++;
                said.renew(atSender, view);
            }
            case LINES -> {
                view.hasLines = true;
                said.lines(atSender, view);
            }
            case POST -> {
                view.posted |= bit;
                view.pending |= bit;
            }
            case LAND -> land(view, cell);
            case MARK -> {
                view.hasMark = true;
                core.receiving().onMark(view.reservation, 0, view.round, 0, 1, true);
            }
            case FIN -> {
                view.hasFin = true;
                said.fin(atSender, view);
            }
            case VERIFY -> {
                view.judged |= bit;
                view.verified |= bit;
                core.receiving().onCellVerified(view.reservation, cell, SenderWords.CELL_BYTES);
            }
            case CORRUPT -> {
                corruptions++;
                view.judged |= bit;
                core.receiving().onCellCorrupt(view.reservation, cell, SenderWords.crc(cell), 1);
            }
            case HEAR_NACK -> view.nextRound();
            case HEAR_ABORT -> view.heardAbort = true;
            case DRAINED -> {
                view.saidDrained = true;
                sayDrained(view, false);
            }
            case STOP -> {
                view.isStopped = true;
                core.receiving().onRevoked(view.reservation, 0);
            }
            case ABORT -> {
                engineEnds++;
                view.isAborting = true;
                view.heardAbort = true;
                said.abort(atSender, id(view), view);
            }
            case CANCEL -> {
                engineEnds++;
                view.isCancelled = true;
                core.cancel(id(view), EndReason.CANCELLED);
            }
            case TAKE -> {
                view.isTaken = true;
                core.receiving().take(view.reservation);
            }
            case RELEASE -> core.receiving().release(view.reservation);
            case TICK -> tick();
            case LOSE_SESSION -> lose();
            case UNLOCK -> {
                isUnlocked = true;
                around.fence().gone(sessionId - 1);
            }
            case RESTART -> restart();
        }
    }

    private void sayDrainedIfLive(HandoffView view) {
        if (find(view) != null) {
            sayDrained(view, true);
        }
    }

    private void sayDrained(HandoffView view, boolean isCleaning) {
        if (isCleaning) {
            view.boundOn.force();
        }
        said.drained(isCleaning ? view.boundOn : atSender, view);
    }

    /** S2, S5: what a write changes must be its reservation's own, and not be verified already. */
    private void land(HandoffView view, int cell) {
        view.pending &= ~(1 << cell);
        boolean isRefused = !isOneSided && view.isStopped && defect != Defect.STOP_SAID_ONLY;
        if (isRefused) {
            return;
        }
        ExtentLedger extents = ledger.extents();
        long run = ExtentRun.of(view.slab, view.extents[cell], 1);
        boolean isOwn = extents.isOwnedBy(run, ExtentLedger.owner(view.slot, view.generation));
        boolean isKept = isIn(view, ReservationState.QUARANTINED)
            && extents.state(view.slab, view.extents[cell]) == ExtentState.QUARANTINED;
        if (!isOwn && !isKept) {
            throw new Broken("S2", "a write lands in memory that is not its reservation's: handoff=" + view.index +
                " cell=" + cell + " extentState=" + extents.state(view.slab, view.extents[cell]));
        }
        if (isIn(view, ReservationState.VERIFYING)) {
            throw new Broken("S5", "a write lands in VERIFYING: handoff=" + view.index + " cell=" + cell);
        }
        view.landed |= 1 << cell;
    }

    private void tick() {
        ticks++;
        nowNs += UNIT_NS;
        if (defect == Defect.EVIDENCE_BY_TIMER) {
            for (HandoffView view : views) {
                if (isIn(view, ReservationState.FENCING)) {
                    core.receiving().onRevoked(view.reservation, 0);
                    sayDrainedIfLive(view);
                }
            }
        }
    }

    private void lose() {
        losses++;
        atReceiver.lose();
        core.onSessionClosed(atReceiver, EndReason.SESSION_LOST);
        long through = HandoffView.areQuiet(views, null) || defect == Defect.HELLO_LIES ? sessionId : 0;
        around.fence().drained(HandoffView.areQuiet(views, null) ? sessionId : 0);
        connect(through);
    }

    /** Its stores end with it; bytes on two-sided lanes may still arrive. */
    private void restart() {
        incarnation++;
        around.fence().gone(isOneSided ? sessionId : 0);
        for (HandoffView view : views) {
            view.pending = isOneSided ? 0 : view.pending;
        }
        lose();
    }

    /** S8: one live reservation of an attempt. */
    private void checkLive() {
        liveCounts[0] = 0;
        liveCounts[1] = 0;
        ledger.forEachLive(reservation -> liveCounts[(int) (reservation.requestLow() - request)]++);
        if (liveCounts[0] > 1 || liveCounts[1] > 1) {
            throw new Broken("S8", "two live reservations of one attempt");
        }
    }

    /** The state in 64 bits: the core's own fields, the memory, and the world around. */
    long fingerprint() {
        int counts = ticks | losses << 4 | corruptions << 6 | engineEnds << 10 | (atReceiver.number() + 1) << 12
            | (isUnlocked ? 1 << 16 : 0) | (probedNs == nowNs ? 1 << 17 : 0)
            | (atReceiver.peerDrainedThrough() == 0 ? 0 : 1 << 18)
            | (sessions > 1 && around.fence().isGone(sessionId - 1) ? 1 << 19 : 0);
        return state.of(views, request, counts, nowNs);
    }

    /** The session that the sender has now. */
    int sessionNumber() {
        return atSender.number();
    }

    Reservation find(HandoffView view) {
        return ledger.findOrNull(1, 2, request + view.index, 0);
    }

    boolean isIn(HandoffView view, ReservationState state) {
        Reservation reservation = find(view);
        return reservation != null && reservation.state() == state;
    }

    private HandoffId id(HandoffView view) {
        return new HandoffId(1, 2, request + view.index, 0);
    }
}
