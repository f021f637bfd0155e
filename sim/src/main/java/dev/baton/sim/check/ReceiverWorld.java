package dev.baton.sim.check;

import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.ExtentRun;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.ReserveEncoder;
import dev.baton.transport.wire.SenderAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiver's real core, ledger and codecs between a sender, one data agent and an engine that may do whatever honest
 * ones may, in any order. Two handoffs of two cells and one share a pool of two extents. What was sent may arrive late,
 * twice or never; a write may land long after its session; time passes in few large steps.
 * <p>
 * The core cannot be copied, so a state is the steps that lead to it: {@link #reset()} ends what is left of the run
 * before and starts the next, with ids of its own, on the same core. Not thread-safe.
 */
final class ReceiverWorld {
    private static final int HANDOFFS_MAX = 2;
    private static final int CELL_BYTES = 4096;
    private static final int BLOCK_TOKENS = 16;
    private static final int EXTENTS = 2;
    private static final int UNIT_MS = 32;
    private static final long UNIT_NS = TimeUnit.MILLISECONDS.toNanos(UNIT_MS);
    private static final long RECEIVER = 0x7777;
    private static final ShardedLayout LAYOUT = new ShardedLayout(new KvLayout("check", DimensionOrder.NHD,
        KvLayout.ALL_LAYERS, BLOCK_TOKENS, List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16))),
        Sharding.SINGLE);
    private static final ReceiverLimits LIMITS = new ReceiverLimits(3 * UNIT_NS, 2 * UNIT_NS, 4 * UNIT_NS, 2 * UNIT_NS,
        UNIT_NS, UNIT_NS, 2, 16, 1 << 12, 16 * UNIT_NS);

    private final Scenario scenario;
    private final boolean isOneSided;
    private final Defect defect;
    private final HandoffView[] views;
    private final ReservationLedger ledger;
    private final Surroundings around;
    private final ReceiverCore core;
    private final SenderAdapter toSender;
    private final ReceiverAdapter toReceiver;
    private final ReceiverProxy proxy = new ReceiverProxy();
    private final FieldDigest fields = new FieldDigest();
    private final Mix mix = new Mix();
    private final int[] liveCounts = new int[HANDOFFS_MAX];
    private CheckSession atReceiver;
    private CheckSession atSender;
    private long nowNs = TimeUnit.HOURS.toNanos(1);
    private long request = 1;
    private long sessionId;
    private long incarnation;
    private long random = 100;
    private int sessions;
    private int ticks;
    private int losses;
    private int corruptions;
    private int engineEnds;

    ReceiverWorld(Scenario scenario, Defect defect) {
        this.scenario = scenario;
        isOneSided = scenario.isOneSided();
        views = scenario.handoffs() == 1 ? new HandoffView[] {new HandoffView(0, 2)}
            : new HandoffView[] {new HandoffView(0, 2), new HandoffView(1, 1)};
        this.defect = defect;
        SlabPlan plan = SlabPlan.even(1, (long) EXTENTS * CELL_BYTES, CELL_BYTES, 0);
        ledger = new ReservationLedger(new ExtentLedger(plan), RECEIVER, 4);
        around = new Surroundings(ledger, views, isOneSided);
        core = new ReceiverCore(LAYOUT, ledger, AdmissionLimits.DEFAULT, null, around, new SenderProxy(), around,
            () -> ++random, LIMITS, 5, 6);
        core.engineAttached(true);
        toSender = new SenderAdapter(around);
        toReceiver = new ReceiverAdapter(new CoreListener(core));
        core.doWork(nowNs);
        incarnation = 1;
        connect();
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
        request += HANDOFFS_MAX;
        for (HandoffView view : views) {
            view.clear();
        }
        around.begin(request);
        if (sessions > 1 || !atReceiver.isOpen()) {
            sessions = 0;
            connect();
        }
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

    private void connect() {
        sessionId++;
        NodeIdentity sender = identity("sender", incarnation, Role.PREFILL);
        NodeIdentity receiver = identity("receiver", RECEIVER, Role.DECODE);
        atReceiver = new CheckSession(sessionId, sessions, RECEIVER, sender, toSender);
        atSender = new CheckSession(sessionId, sessions, incarnation, receiver, toReceiver);
        CheckSession.join(atReceiver, atSender);
        sessions++;
        core.onSessionOpened(atReceiver);
    }

    private static NodeIdentity identity(String name, long incarnation, Role role) {
        return new NodeIdentity(name, incarnation, 1, EnumSet.of(role), 1, CELL_BYTES, List.of(), List.of(),
            LAYOUT.encode());
    }

    /** Writes the steps that may come next. */
    int next(byte[] into) {
        int count = 0;
        for (HandoffView view : views) {
            for (Step step : HandoffSteps.ALL) {
                for (int cell = 0; cell < HandoffSteps.cells(step, view); cell++) {
                    if (mayHappen(step, view, 1 << cell)) {
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
        return count;
    }

    private boolean mayHappen(Step step, HandoffView view, int cell) {
        boolean isGranted = view.grantedOn == atSender.number() && view.reservation != 0;
        boolean mayPost = isGranted && view.hasAddresses && (!view.heardAbort || defect == Defect.POST_AFTER_ABORT);
        return switch (step) {
            case RESERVE -> view.reserves < 1 || (view.reserves < 2 && !isGranted && (scenario.isRepeating() || losses > 0));
            case BIND -> isGranted && view.binds < 1 && !view.heardAbort;
            case RENEW -> scenario.isRepeating() && isGranted && view.renews < 1 && !view.heardAbort;
            case LINES -> mayPost && !view.hasLines;
            case POST -> mayPost && !view.hasFin && (view.toSend & ~view.posted & cell) != 0;
            case LAND -> (view.pending & cell) != 0;
            case MARK -> mayPost && !view.hasMark && view.posted == view.toSend && !view.isStopped
                && (view.pending == 0 || defect == Defect.MARK_OVERTAKES);
            case FIN -> mayPost && !view.hasFin && view.hasLines && view.posted == view.toSend
                && (!isOneSided || view.pending == 0);
            case VERIFY -> isJudgeable(view, cell);
            case CORRUPT -> corruptions < scenario.corruptMax() && isJudgeable(view, cell);
            case HEAR_NACK -> mayPost && view.nacked != 0;
            case HEAR_ABORT -> view.isAborting && !view.heardAbort && isGranted;
            case DRAINED -> isGranted && view.heardAbort && !view.saidDrained && view.hasAddresses
                && (view.pending == 0 || defect == Defect.DRAINED_AT_ONCE);
            case STOP -> view.isRevoked && !view.isStopped && find(view) != null;
            case ABORT -> mayPost && engineEnds < scenario.endsMax();
            case CANCEL -> !view.isCancelled && engineEnds < scenario.endsMax() && view.reserves > 0;
            case TAKE -> isIn(view, ReservationState.READY);
            case RELEASE -> isIn(view, ReservationState.TAKEN);
            case TICK, LOSE_SESSION, RESTART -> false;
        };
    }

    /** The data agent knows the cell's CRC and has all its bytes, and nobody told it to stop. */
    private boolean isJudgeable(HandoffView view, int cell) {
        boolean isReadable = (view.landed & cell) != 0 && (!isOneSided || view.hasMark);
        return isReadable && (view.lined & ~view.judged & cell) != 0 && !view.isRevoked && find(view) != null;
    }

    /** A step that was performed and checked in an earlier run. */
    void repeat(byte packed) {
        perform(Step.step(packed), views[Step.handoff(packed)], Step.cell(packed));
        core.doWork(nowNs);
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
        ReservationId reservation = new ReservationId(RECEIVER, view.reservation);
        switch (step) {
            case RESERVE -> reserve(view);
            case BIND -> {
                view.binds++;
                view.boundOn = atSender;
                proxy.bind(atSender, 1, reservation, 0, view.tokenHigh, view.tokenLow, isOneSided ? "shm" : "tcp");
            }
            case RENEW -> renew(view, reservation);
            case LINES -> {
                view.hasLines = true;
                lines(view, reservation);
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
                fin(view, reservation);
            }
            case VERIFY -> {
                view.judged |= bit;
                view.verified |= bit;
                core.receiving().onCellVerified(view.reservation, cell, CELL_BYTES);
            }
            case CORRUPT -> {
                corruptions++;
                view.judged |= bit;
                core.receiving().onCellCorrupt(view.reservation, cell, crc(cell), 1);
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
                proxy.abort(atSender, 1, id(view), reservation, 0, EndReason.PREFILL_FAILED, "");
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
            case RESTART -> restart();
        }
    }

    private void reserve(HandoffView view) {
        view.reserves++;
        ReserveEncoder message = proxy.reserveBegin(atSender, 1, id(view));
        message.order(Order.DESTINATION_FIRST).layoutFingerprint(LAYOUT.layout().fingerprint())
            .planVersion(KvLayout.PLAN_VERSION).tokens((long) view.cellCount * BLOCK_TOKENS).growthTokens(0)
            .haveTokens(0).blockTokens(BLOCK_TOKENS).priority((short) 0).deadlineMs(4 * UNIT_MS)
            .startWithinMs(2 * UNIT_MS).dpRank((short) -1).prefillEstimateMs(0);
        message.partsCount(1).next().part(0).incarnation(incarnation).sourceShard(0).bytes(0);
        message.blockKeysCount(0);
        message.tenantName("");
        message.putLayout(new byte[0], 0, 0);
        proxy.reserveEnd();
    }

    private void renew(HandoffView view, ReservationId reservation) {
        view.renews++;
        proxy.renew(atSender, 1, reservation, 0, 0, 0);
    }

    private void lines(HandoffView view, ReservationId reservation) {
        proxy.chunkBegin(atSender, reservation, 0, view.round, 0);
        for (int cell = 0; cell < view.cellCount; cell++) {
            if ((view.toSend >> cell & 1) != 0) {
                proxy.chunkLine(cell, CELL_BYTES, crc(cell), 0, 1);
            }
        }
        proxy.chunkEnd();
    }

    private void fin(HandoffView view, ReservationId reservation) {
        long digest = ManifestDigest.ofAux(0, (int) new CRC32C().getValue());
        for (int cell = 0; cell < view.cellCount; cell++) {
            digest += ManifestDigest.ofLine(cell, CELL_BYTES, crc(cell));
        }
        proxy.finBegin(atSender, reservation, 0, view.round, view.cellCount * BLOCK_TOKENS, view.cellCount,
            (long) view.cellCount * CELL_BYTES, digest);
        proxy.finLane(0, 1);
        proxy.finEnd(null, 0, 0);
    }

    private void sayDrainedIfLive(HandoffView view) {
        if (find(view) != null) {
            sayDrained(view, true);
        }
    }

    private void sayDrained(HandoffView view, boolean isCleaning) {
        CheckSession on = isCleaning ? view.boundOn : atSender;
        if (isCleaning) {
            on.force();
        }
        proxy.drainedBegin(on, new ReservationId(RECEIVER, view.reservation), 0, 0);
        proxy.drainedEnd();
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
        connect();
    }

    /** Its stores end with it; bytes on two-sided lanes may still arrive. */
    private void restart() {
        incarnation++;
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
        mix.clear();
        for (HandoffView view : views) {
            Reservation reservation = find(view);
            view.addTo(mix);
            if (reservation == null) {
                mix.add(-2);
                continue;
            }
            mix.add(reservation.state().name().hashCode()).add(reservation.isRevealed() ? 1 : 0)
                .add(reservation.sealedExtentCount()).add(reservation.deadlineNs() - nowNs);
            if (reservation.state() == ReservationState.QUEUED) {
                mix.add(core.admission().position(reservation));
            }
            fields.add(mix, reservation.attachment(), nowNs);
        }
        addMemory();
        mix.add(ticks | losses << 4 | corruptions << 6 | engineEnds << 10 | (atReceiver.number() + 1) << 12);
        return mix.value();
    }

    private void addMemory() {
        ExtentLedger extents = ledger.extents();
        for (int extent = 0; extent < EXTENTS; extent++) {
            long stamp = extents.state(0, extent).name().hashCode();
            for (HandoffView view : views) {
                boolean isOwn = view.slot >= 0 && extents.isOwnedBy(ExtentRun.of(0, extent, 1),
                    ExtentLedger.owner(view.slot, view.generation));
                for (int cell = 0; cell < view.cellCount; cell++) {
                    stamp = stamp * 4 + (view.slot >= 0 && view.extents[cell] == extent ? 1 : 0) + (isOwn ? 2 : 0);
                }
            }
            mix.add(stamp);
        }
    }

    private Reservation find(HandoffView view) {
        return ledger.findOrNull(1, 2, request + view.index, 0);
    }

    private boolean isIn(HandoffView view, ReservationState state) {
        Reservation reservation = find(view);
        return reservation != null && reservation.state() == state;
    }

    private HandoffId id(HandoffView view) {
        return new HandoffId(1, 2, request + view.index, 0);
    }

    private static int crc(int cell) {
        return 1000 + cell;
    }
}
