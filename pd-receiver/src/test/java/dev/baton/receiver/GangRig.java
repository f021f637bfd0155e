package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.core.GangLeader;
import dev.baton.receiver.core.GangMember;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.receiver.core.LeaderMessages;
import dev.baton.receiver.core.MemberMessages;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.LoopbackControl;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangAdapter;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.ReserveEncoder;
import dev.baton.transport.wire.SenderProxy;

/**
 * A real leader core with shard 0 and a real member core with shard 1, over real sessions; data agents that write down
 * what they were ordered and acknowledge a revocation when the test lets them; a sender that the test speaks for. Two
 * blocks are four cells of half an extent: the even ones of shard 0, the odd ones of shard 1.
 */
final class GangRig implements AutoCloseable {
    static final int EXTENTS = 8;
    static final int HALF = ReceiverRig.CELL_BYTES / 2;
    static final int BLOCKS = 2;
    static final long LEADER = 0x7777;
    static final long MEMBER = 0x8888;
    private static final long MS = ReceiverRig.MS;
    private static final ShardedLayout TWO = new ShardedLayout(ReceiverRig.LAYOUT.layout(), new Sharding(2, 1, 1));

    final MemoryLedger memory = new MemoryLedger();
    final LoopbackControl network = new LoopbackControl();
    final RecordingZone leaderZone = new RecordingZone();
    final RecordingEngine leaderEngine = new RecordingEngine();
    final ReceiverProxy proxy = new ReceiverProxy();
    final List<String> log = new ArrayList<>();
    /** What each said of its lost sessions. */
    final List<String> leaderLines = new ArrayList<>();
    final List<String> memberLines = new ArrayList<>();
    final ScriptedSender toLeader = new ScriptedSender();
    final ScriptedSender toMember = new ScriptedSender();
    final ReservationLedger ledger;
    final ReceiverCore core;
    final GangLeader leader;
    RecordingZone memberZone;
    RecordingEngine memberEngine;
    GangMember member;
    ScriptedSender.Grant grant;
    boolean isLeaderAgentStuck;
    boolean isMemberAgentStuck;
    long nowNs = -TimeUnit.HOURS.toNanos(1);
    private final int extents;
    private final int leaderShard;
    private final SlabPool leaderPool;
    private SlabPool memberPool;
    private final ControlPlane leaderPlane;
    private ControlPlane memberPlane;
    private final ControlPlane senderPlane;
    private boolean isSenderConnectedToMember;
    private int leaderAcks;
    private int memberAcks;
    private long correlation;

    GangRig() {
        this(EXTENTS);
    }

    GangRig(int extents) {
        this(extents, 0);
    }

    /** @param leaderShard whose it is; the other one is the member's */
    GangRig(int extents, int leaderShard) {
        this.extents = extents;
        this.leaderShard = leaderShard;
        leaderPool = pool(extents, leaderShard, LEADER);
        ledger = new ReservationLedger(new ExtentLedger(plan(extents)), LEADER, 32);
        leader = new GangLeader(leaderZone, new ShardRange(leaderShard, leaderShard), plan(extents), new GangProxy(), log::add);
        long[] random = {100};
        core = new ReceiverCore(TWO, ledger, AdmissionLimits.DEFAULT, leaderPool, leader, new SenderProxy(), leaderEngine,
            () -> ++random[0], ReceiverLimits.DEFAULT);
        leader.core(core.receiving());
        core.engineAttached(true);
        leaderPlane = network.open(context("leader", LEADER, Role.DECODE, TWO, leaderPool).host("l").port(2));
        leaderPlane.addSessionListener(LoggedSessions.of(List.of(core, leader), core.counters(), () -> nowNs,
            (level, line) -> leaderLines.add(level + " " + line)));
        leaderPlane.addMessageListener(new ReceiverAdapter(new ReceiverMessages(core)));
        leaderPlane.addMessageListener(new GangAdapter(new LeaderMessages(leader, core.counters())));
        senderPlane = network.open(context("sender", 0x5555, Role.PREFILL, ReceiverRig.LAYOUT, null).host("s").port(1));
        GangSender.hear(senderPlane, "leader", toLeader, toMember);
        senderPlane.dial("l", 2);
        step(10);
    }

    static SlabPlan plan(int extents) {
        return SlabPlan.even(2, (long) extents * ReceiverRig.CELL_BYTES, ReceiverRig.CELL_BYTES, 0);
    }

    private SlabPool pool(int extents, int shard, long incarnation) {
        return SlabPool.open(memory, "test-pool", plan(extents), new ShardRange(shard, shard), null, null, incarnation);
    }

    private static ControlContext context(String nodeId, long incarnation, Role role, ShardedLayout told, SlabPool pool) {
        long[] random = {incarnation};
        List<RemoteSlab> slabs = pool == null ? List.of() : pool.slabs().stream().map(slab ->
            new RemoteSlab(slab.spec().slabId(), slab.spec().shard(), slab.spec().lengthBytes())).toList();
        return new ControlContext().identity(new NodeIdentity(nodeId, incarnation, 1, EnumSet.of(role), RecordingZone.LANES,
            ReceiverRig.CELL_BYTES, List.of(), slabs, told.encode())).random(() -> random[0] += 0x9E37_79B9_7F4A_7C15L * incarnation);
    }

    GangRig startMember(long incarnation, int extents) {
        memberZone = new RecordingZone();
        memberEngine = new RecordingEngine();
        memberAcks = 0;
        isMemberAgentStuck = false;
        int shard = 1 - leaderShard;
        memberPool = pool(extents, shard, incarnation);
        long[] random = {incarnation};
        member = GangMember.of(TWO, memberPool, new ShardRange(shard, shard), memberZone, 16, new SenderProxy(), new GangProxy(),
            memberEngine, () -> ++random[0], log::add);
        member.engineAttached(true);
        memberPlane = network.open(context("member", incarnation, Role.DECODE, TWO, memberPool).host("m").port(3));
        memberPlane.addSessionListener(LoggedSessions.of(member, () -> nowNs, (level, line) -> memberLines.add(level + " " + line)));
        memberPlane.addMessageListener(new ReceiverAdapter(new MemberAnswers(member, new SenderProxy())));
        memberPlane.addMessageListener(new GangAdapter(new MemberMessages(member)));
        memberPlane.dial("l", 2);
        step(10);
        if (!isSenderConnectedToMember) {
            isSenderConnectedToMember = true;
            senderPlane.dial("m", 3);
            step(10);
        }
        return this;
    }

    GangRig withMember() {
        startMember(MEMBER, EXTENTS);
        assertEquals("", leader.missing());
        return this;
    }

    /** Of the leader, with the member. */
    Session sessionOfLeader() {
        Session[] found = new Session[1];
        leaderPlane.forEachSession(session -> found[0] = session.peer().nodeId().equals("member") ? session : found[0]);
        return found[0];
    }

    /** The member's, with its leader. */
    Session sessionOfMember() {
        Session[] found = new Session[1];
        memberPlane.forEachSession(session -> found[0] = session.peer().nodeId().equals("leader") ? session : found[0]);
        return found[0];
    }

    /** Its process is gone, with its memory. */
    void killMember() {
        memberPlane.close();
        memberPool.close();
        member = null;
        memberPlane = null;
        step(3);
    }

    /** The session between leader and member is lost; both processes live and the member dials again. */
    void partMember() {
        sessionOfLeader().close(EndReason.SILENT);
        step(3);
    }

    void step(int count) {
        for (int i = 0; i < count; i++) {
            nowNs += MS;
            if (senderPlane != null) {
                senderPlane.poll(nowNs);
            }
            core.doWork(nowNs);
            leaderPlane.poll(nowNs);
            leader.flush();
            if (member != null) {
                memberPlane.poll(nowNs);
                memberAcks = acknowledge(memberZone, memberAcks, isMemberAgentStuck, member);
                member.doWork(nowNs);
            }
            leaderAcks = acknowledge(leaderZone, leaderAcks, isLeaderAgentStuck, leader);
        }
    }

    private static int acknowledge(RecordingZone zone, int known, boolean isStuck, LandingEvents to) {
        List<String> orders = zone.ordersOf("revoke");
        for (int i = known; !isStuck && i < orders.size(); i++) {
            for (int lane = 0; lane < RecordingZone.LANES; lane++) {
                to.onRevoked(Long.parseLong(orders.get(i).split(" ", -1)[1]), lane);
            }
        }
        return isStuck ? known : orders.size();
    }

    /** Until it is so, within so many seconds of the rig's own time. */
    void await(String what, int seconds, BooleanSupplier isSo) {
        for (int i = 0; i < seconds * 1000 && !isSo.getAsBoolean(); i++) {
            step(1);
        }
        assertTrue(isSo.getAsBoolean(), what);
    }

    /** Extents that nobody else can be given now. */
    long used() {
        return 2L * extents - ledger.extents().counts().totals().free() - ledger.extents().counts().totals().evictable();
    }

    void reserve(long request) {
        reserve(request, BLOCKS);
    }

    /** So many blocks, the leading ones named. */
    void reserve(long request, int blocks, long... keys) {
        sayReserve(request, blocks, keys);
        step(3);
    }

    /** The same, which nobody has heard yet. */
    void sayReserve(long request, int blocks, long... keys) {
        ReserveEncoder message = proxy.reserveBegin(toLeader.session, ++correlation, ReceiverRig.id(request));
        message.order(Order.DESTINATION_FIRST).layoutFingerprint(ReceiverRig.LAYOUT.layout().fingerprint())
            .planVersion(KvLayout.PLAN_VERSION).tokens((long) blocks * ReceiverRig.BLOCK_TOKENS).growthTokens(0).haveTokens(0)
            .blockTokens(ReceiverRig.BLOCK_TOKENS).priority((short) 0).deadlineMs(120_000).startWithinMs(60_000)
            .dpRank((short) -1).prefillEstimateMs(0);
        message.partsCount(1).next().part(0).incarnation(0x5555).sourceShard(0xFFFF).bytes(0);
        ReserveEncoder.BlockKeysEncoder names = message.blockKeysCount(keys.length);
        for (long key : keys) {
            names.next().key().a(key).b(0).c(0).d(0);
        }
        message.tenantName("");
        message.putLayout(new byte[0], 0, 0);
        proxy.reserveEnd();
    }

    void granted(long request) {
        granted(request, BLOCKS);
    }

    void granted(long request, int blocks, long... keys) {
        reserve(request, blocks, keys);
        assertEquals(List.of("GRANT " + request), toLeader.take());
        grant = toLeader.grants.get(ReceiverRig.id(request));
    }

    /** With a member, a grant, and addresses told by both processes. */
    void bound(String atLeader, String atMember) {
        withMember();
        leaderZone.fence.isWordProof = !atLeader.equals("rdma");
        memberZone.fence.isWordProof = !atMember.equals("rdma");
        granted(1);
        bind(toLeader, atLeader);
        bind(toMember, atMember);
        toLeader.take();
        assertEquals(List.of("ADDRESSES part=0 extents=1"), toMember.take());
    }

    /** Reserved, bound, landed and READY; returns how many blocks were held, and not sent. */
    int landed(long request, int blocks, long... keys) {
        granted(request, blocks, keys);
        return landGranted(request, blocks);
    }

    int landGranted(long request, int blocks) {
        bind(toLeader, "tcp");
        bind(toMember, "shm");
        toLeader.take();
        toMember.take();
        int[] cells = IntStream.range(0, 2 * (blocks - held())).toArray();
        lines(1, cells);
        Arrays.stream(cells).forEach(this::verified);
        fin(1, cells);
        marks(1);
        assertEquals(List.of("READY " + request), toLeader.take());
        return held();
    }

    private int held() {
        return (int) grant.heldTokens() / ReceiverRig.BLOCK_TOKENS;
    }

    void taken() {
        assertTrue(core.receiving().take(grant.reservation().counter()));
        step(3);
        toLeader.take();
    }

    void released() {
        assertTrue(core.receiving().release(grant.reservation().counter()));
        step(3);
        assertTrue(member.release(grant.reservation().counter()));
        step(3);
    }

    void bind(ScriptedSender to, String scheme) {
        bind(to, scheme, grant.tokenLow(), grant.reservation().counter());
    }

    void bind(ScriptedSender to, String scheme, long tokenLow, long counter) {
        proxy.bind(to.session, ++correlation, new dev.baton.transport.session.ReservationId(LEADER, counter), 0,
            grant.tokenHigh(), tokenLow, scheme);
        step(3);
    }

    void lines(int round, int... cells) {
        proxy.chunkBegin(toLeader.session, grant.reservation(), 0, round, 0);
        for (int cell : cells) {
            proxy.chunkLine(cell, HALF, ReceiverRig.crcOf(cell), laneOf(cell + 2 * held()), 1);
        }
        proxy.chunkEnd();
        step(3);
    }

    static int laneOf(int cell) {
        int shard = cell % 2;
        return shard * RecordingZone.LANES + (shard + cell / 2) % RecordingZone.LANES;
    }

    void verified(int cell) {
        (cell % 2 == 0 ? leader : member).onCellVerified(grant.reservation().counter(), cell, HALF);
        step(3);
    }

    void fin(int round, int... cells) {
        proxy.finBegin(toLeader.session, grant.reservation(), 0, round, cells.length / 2 * ReceiverRig.BLOCK_TOKENS, cells.length,
            (long) cells.length * HALF, Digests.of(HALF, new byte[0], cells));
        for (int lane = 0; lane < 2 * RecordingZone.LANES; lane++) {
            proxy.finLane(lane, 1);
        }
        proxy.finEnd(new UnsafeBuffer(new byte[0]), 0, 0);
        step(3);
    }

    void marks(int round) {
        for (LandingEvents zone : List.of(leader, (LandingEvents) member)) {
            for (int lane = 0; lane < RecordingZone.LANES; lane++) {
                zone.onMark(grant.reservation().counter(), 0, round, lane, 1, true);
            }
        }
        step(3);
    }

    void drained() {
        drained(toLeader, 0);
    }

    void drained(ScriptedSender to, int failedCompletions) {
        drained(to, failedCompletions, 0, 0);
    }

    /** @param lane     of the handoff: those of the member come behind the leader's
     *  @param lastSeq its newest mark; 0 where none went */
    void drained(ScriptedSender to, int failedCompletions, int lane, int lastSeq) {
        proxy.drainedBegin(to.session, grant.reservation(), 0, failedCompletions);
        proxy.drainedLane(lane, lastSeq);
        proxy.drainedEnd();
        step(3);
    }

    @Override
    public void close() {
        ledger.checkInvariants();
        ledger.extents().checkInvariants();
        leaderPool.close();
        if (member != null) {
            memberPool.close();
        }
        assertTrue(memory.isEmpty(), memory::toString);
    }
}
