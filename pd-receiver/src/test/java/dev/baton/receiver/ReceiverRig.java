package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.LoopbackControl;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.SenderAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * A real core over real sessions, with data agents and an engine that only write down, and a sender that the test speaks for. Blocks
 * of 16 tokens are cells of one extent each; the pool has {@link #EXTENTS}. Time is the test's own and may be negative.
 */
final class ReceiverRig implements AutoCloseable {
    static final int EXTENTS = 8;
    static final int BLOCK_TOKENS = 16;
    static final int CELL_BYTES = 4096;
    static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long RECEIVER = 0x7777;
    static final long STRANGER = 0x9999;

    static final ShardedLayout LAYOUT = layout("toy", 16);

    final MemoryLedger memory = new MemoryLedger();
    final LoopbackControl network = new LoopbackControl();
    final RecordingZone zone = new RecordingZone();
    final RecordingEngine engine = new RecordingEngine();
    final ReservationLedger ledger;
    final ReceiverCore core;
    final ReceiverProxy proxy = new ReceiverProxy();
    final List<String> sessionLines = new ArrayList<>();
    ScriptedSender sender;
    private final SlabPool pool;
    private final long poolExtents;
    private final ControlPlane receiverPlane;
    private ControlPlane senderPlane;
    private ControlPlane strangerPlane;
    private long correlation;
    /** Whether the sender's next HELLO covers its last session. */
    boolean isSenderDrained;
    long nowNs = -TimeUnit.HOURS.toNanos(1);

    ReceiverRig() {
        this(ReceiverLimits.DEFAULT, LAYOUT);
    }

    ReceiverRig(ReceiverLimits limits, ShardedLayout told) {
        this(limits, told, LAYOUT);
    }

    /** A pool of {@link #EXTENTS} for each shard of the receiver. */
    ReceiverRig(ReceiverLimits limits, ShardedLayout told, ShardedLayout own) {
        this(limits, told, own, AdmissionLimits.DEFAULT, 0);
    }

    /** With a spill tier of so many extents for each shard; 0 for none. */
    ReceiverRig(ReceiverLimits limits, ShardedLayout told, ShardedLayout own, AdmissionLimits admission, int spillExtents) {
        SlabPlan fast = SlabPlan.even(own.sharding().count(), (long) EXTENTS * CELL_BYTES, CELL_BYTES, 0);
        SlabPlan plan = spillExtents == 0 ? fast : fast.withSpill((long) spillExtents * CELL_BYTES);
        poolExtents = (long) (EXTENTS + spillExtents) * own.sharding().count();
        pool = SlabPool.open(memory, "test-pool", plan, null, null, RECEIVER);
        ledger = new ReservationLedger(new ExtentLedger(plan), RECEIVER, 16);
        long[] random = {100};
        core = new ReceiverCore(own, ledger, admission, pool, zone, new SenderProxy(), engine, () -> ++random[0],
            limits);
        core.engineAttached(true);
        receiverPlane = network.open(context("receiver", RECEIVER, Role.DECODE, own).host("r").port(2));
        receiverPlane.addSessionListener(LoggedSessions.of(List.of(core), core.counters(), () -> nowNs,
            (level, line) -> sessionLines.add(level + " " + line)));
        receiverPlane.addMessageListener(new ReceiverAdapter(new ReceiverMessages(core)));
        connect(0x5555, told);
    }

    static ShardedLayout layout(String model, int headDim) {
        return new ShardedLayout(new KvLayout(model, DimensionOrder.NHD, KvLayout.ALL_LAYERS, BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 2, 2, headDim, ElementType.BF16))), Sharding.SINGLE);
    }

    /** A sending process dials; the former one, if there was one, is forgotten by the rig but not by the network. */
    void connect(long incarnation, ShardedLayout told) {
        sender = new ScriptedSender();
        senderPlane = network.open(context("sender", incarnation, Role.PREFILL, told).host("s" + incarnation).port(1));
        senderPlane.addSessionListener(sender);
        senderPlane.addMessageListener(new SenderAdapter(sender));
        senderPlane.drainedThrough((peer, lastSessionId) -> isSenderDrained ? lastSessionId : 0);
        senderPlane.dial("r", 2);
        step(10);
        assertNotNull(sender.session, "the sender has a session");
    }

    private static ControlContext context(String nodeId, long incarnation, Role role, ShardedLayout told) {
        long[] random = {incarnation};
        return new ControlContext().identity(new NodeIdentity(nodeId, incarnation, 1, EnumSet.of(role), RecordingZone.LANES, CELL_BYTES,
            List.of(), List.of(), told.encode())).random(() -> random[0] += 7);
    }

    void step(int count) {
        for (int i = 0; i < count; i++) {
            stepBy(MS);
        }
    }

    /** Another node beside the sender; what it says goes through {@link #proxy} on its own session. */
    ScriptedSender stranger() {
        return stranger(LAYOUT);
    }

    ScriptedSender stranger(ShardedLayout told) {
        ScriptedSender other = new ScriptedSender();
        strangerPlane = network.open(context("stranger", STRANGER, Role.PREFILL, told).host("x").port(1));
        strangerPlane.addSessionListener(other);
        strangerPlane.addMessageListener(new SenderAdapter(other));
        strangerPlane.dial("r", 2);
        step(10);
        assertNotNull(other.session, "the stranger has a session");
        return other;
    }

    /** The receiver's end of the sender's. */
    Session session() {
        Session[] found = new Session[1];
        receiverPlane.forEachSession(session -> found[0] = session);
        return found[0];
    }

    /** Lets time pass in steps that keep the session alive. */
    void pass(long durationNs) {
        for (long rest = durationNs; rest > 0; rest -= 8 * MS) {
            stepBy(Math.min(rest, 8 * MS));
        }
    }

    private void stepBy(long durationNs) {
        nowNs += durationNs;
        senderPlane.poll(nowNs);
        core.doWork(nowNs);
        receiverPlane.poll(nowNs);
        senderPlane.poll(nowNs);
        if (strangerPlane != null) {
            strangerPlane.poll(nowNs);
        }
    }

    static HandoffId id(long request) {
        return new HandoffId(9, 1, request, 0);
    }

    void reserve(long request, int blocks) {
        Ask ask = new Ask();
        ask.tokens = (long) blocks * BLOCK_TOKENS;
        reserve(request, ask);
    }

    void reserve(long request, Ask ask) {
        ask.put(proxy, sender.session, ++correlation, request, senderPlane.identity().incarnation());
        step(2);
    }

    /** The correlation of the last RESERVE. */
    long lastCorrelation() {
        return correlation;
    }

    ScriptedSender.Grant granted(long request, int blocks) {
        reserve(request, blocks);
        assertEquals(List.of("GRANT " + request), sender.take());
        return sender.grants.get(id(request));
    }

    ScriptedSender.Grant bound(long request, int blocks, String scheme) {
        ScriptedSender.Grant grant = granted(request, blocks);
        bind(grant, grant.tokenLow(), scheme);
        assertEquals(List.of("ADDRESSES part=0 extents=" + blocks), sender.take());
        return grant;
    }

    void bind(ScriptedSender.Grant grant, long tokenLow, String scheme) {
        proxy.bind(sender.session, ++correlation, grant.reservation(), 0, grant.tokenHigh(), tokenLow, scheme);
        step(2);
    }

    static int crcOf(int cell) {
        return 1000 + cell;
    }

    static int laneOf(int cell) {
        return Lanes.laneOf(0, cell, RecordingZone.LANES);
    }

    void lines(ScriptedSender.Grant grant, int round, int... cells) {
        proxy.chunkBegin(sender.session, grant.reservation(), 0, round, 0);
        for (int cell : cells) {
            proxy.chunkLine(cell, CELL_BYTES, crcOf(cell), laneOf(cell), 1);
        }
        proxy.chunkEnd();
        step(2);
    }

    static long digest(int cells, byte[] aux) {
        return Digests.of(CELL_BYTES, aux, IntStream.range(0, cells).toArray());
    }

    void fin(ScriptedSender.Grant grant, int round, int cells) {
        fin(grant, round, cells, CELL_BYTES);
    }

    private void fin(ScriptedSender.Grant grant, int round, int cells, int cellBytes) {
        byte[] aux = {1, 2, 3};
        fin(grant, round, cells, (long) cells * cellBytes, Digests.of(cellBytes, aux, IntStream.range(0, cells).toArray()), aux);
    }

    void fin(ScriptedSender.Grant grant, int round, int cells, long bytes, long digest, byte[] aux) {
        proxy.finBegin(sender.session, grant.reservation(), 0, round, cells * BLOCK_TOKENS, cells, bytes, digest);
        for (int lane = 0; lane < RecordingZone.LANES; lane++) {
            proxy.finLane(lane, 1);
        }
        proxy.finEnd(new UnsafeBuffer(aux), 0, aux.length);
        step(2);
    }

    /** FIN of a round, and the last mark of both lanes. */
    void finAndMarks(ScriptedSender.Grant grant, int round, int cells) {
        finAndMarks(grant, round, cells, CELL_BYTES);
    }

    /** The same where cells are larger. */
    void finAndMarks(ScriptedSender.Grant grant, int round, int cells, int cellBytes) {
        fin(grant, round, cells, cellBytes);
        mark(grant, round, 0);
        mark(grant, round, 1);
    }

    /** Over tcp: bound, every line said, FIN and marks there, no cell judged yet. */
    ScriptedSender.Grant verifying(long request, int blocks) {
        ScriptedSender.Grant grant = boundWithLines(request, blocks, "tcp");
        finAndMarks(grant, 1, blocks);
        return grant;
    }

    /** Bound, and every cell's line said. */
    ScriptedSender.Grant boundWithLines(long request, int blocks, String scheme) {
        ScriptedSender.Grant grant = bound(request, blocks, scheme);
        lines(grant, 1, IntStream.range(0, blocks).toArray());
        return grant;
    }

    void mark(ScriptedSender.Grant grant, int round, int lane) {
        core.receiving().onMark(grant.reservation().counter(), 0, round, lane, 1, true);
        step(1);
    }

    void verified(ScriptedSender.Grant grant, int cell) {
        verified(grant, cell, CELL_BYTES);
    }

    void verified(ScriptedSender.Grant grant, int cell, int cellBytes) {
        core.receiving().onCellVerified(grant.reservation().counter(), cell, cellBytes);
        step(1);
    }

    void corrupt(ScriptedSender.Grant grant, int cell) {
        core.receiving().onCellCorrupt(grant.reservation().counter(), cell, crcOf(cell), 1);
        step(1);
    }

    void revokedBy(ScriptedSender.Grant grant, int lane) {
        core.receiving().onRevoked(grant.reservation().counter(), lane);
        step(1);
    }

    /** Returns what RENEW_ACK gave, in milliseconds. */
    long renew(ScriptedSender.Grant grant, int prefilledTokens) {
        proxy.renew(sender.session, ++correlation, grant.reservation(), 0, prefilledTokens, 0);
        step(2);
        assertEquals(List.of("RENEW_ACK"), sender.take());
        return sender.leaseMs;
    }

    /** @param lastSeqs of lane 0, 1, ...: their newest marks */
    void drained(ScriptedSender.Grant grant, int failedCompletions, int... lastSeqs) {
        proxy.drainedBegin(sender.session, grant.reservation(), 0, failedCompletions);
        for (int lane = 0; lane < lastSeqs.length; lane++) {
            proxy.drainedLane(lane, lastSeqs[lane]);
        }
        proxy.drainedEnd();
        step(2);
    }

    /** All that a request of so many blocks needs to be READY. */
    ScriptedSender.Grant ready(long request, int blocks) {
        ScriptedSender.Grant grant = bound(request, blocks, "tcp");
        for (int cell = 0; cell < blocks; cell++) {
            lines(grant, 1, cell);
            verified(grant, cell);
        }
        finAndMarks(grant, 1, blocks);
        assertEquals(List.of("READY " + request), sender.take());
        return grant;
    }

    /** Null when no reservation of that request is alive. */
    ReservationState state(long request) {
        HandoffId id = id(request);
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        return live == null ? null : live.state();
    }

    ExtentTotals totals() {
        return ledger.extents().counts().totals();
    }

    void loseStranger() {
        strangerPlane.close();
        strangerPlane = null;
        step(2);
    }

    void loseSession() {
        Session lost = sender.session;
        senderPlane.close();
        step(2);
        assertTrue(!lost.isOpen());
    }

    /** The session ends and the same sending process dials again. */
    void reconnect() {
        Session lost = sender.session;
        lost.close(EndReason.SILENT);
        for (int i = 0; i < 4_000 && sender.session.id() == lost.id(); i++) {
            step(1);
        }
        assertTrue(sender.session.id() != lost.id() && sender.session.isOpen(), "a new session");
    }

    CellMap map(int blocks) {
        return CellMap.ofTarget(ShardPairing.of(LAYOUT.layout(), LAYOUT.sharding(), LAYOUT.layout(), LAYOUT.sharding()),
            blocks * BLOCK_TOKENS, 0, 0, CELL_BYTES);
    }

    /** Where a cell of a grant is to land. */
    long address(long reservation, int cell) {
        long run = ledger.findOrNull(reservation).locate(0, cell);
        return pool.address(ExtentRun.slabId(run), ExtentRun.firstExtent(run));
    }

    /** Whatever happened, the books add up. */
    @Override
    public void close() {
        ledger.checkInvariants();
        ledger.extents().checkInvariants();
        assertEquals(poolExtents, totals().total());
        pool.close();
        assertTrue(memory.isEmpty(), memory::toString);
    }
}
