package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.KvPattern;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.kv.SourceImages;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.ThreadAllocation;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.SenderTimeouts;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.TransportContext;
import dev.baton.transport.loopback.LoopbackNetwork;
import dev.baton.transport.loopback.LoopbackTransport;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.LoopbackControl;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.OutcomeKind;

/** A real sender, stepped by hand, an engine that fills patterns, and a scripted receiver, on a clock of the test's own. */
final class SenderRig implements PrefillListener, AutoCloseable {
    static final int EXTENT_BYTES = 1 << 16;
    static final long STEP_NS = 100_000;

    final MemoryLedger ledger = new MemoryLedger();
    final LoopbackControl network = new LoopbackControl();
    final LoopbackNetwork lanes;
    FakeReceiver receiver;
    FakeReceiver other;             // a second decode node, once it is started
    private final ShardedLayout target;
    private final int laneCount;
    final ControlPlane plane;
    final PrefillSender sender;
    final PrefillEngine engine;
    final ShardedLayout layout;
    final Map<Long, String> ends = new HashMap<>();
    final List<String> events = new ArrayList<>();
    final Map<Integer, byte[]> partGrants = new HashMap<>();
    final List<PrefixHere> loaded = new ArrayList<>();
    final List<Throwable> thrown = new ArrayList<>();
    final int peer;
    private final List<Agent> agents;
    boolean areDataAgentsStopped;
    boolean isReceiverGone;         // as the kernel says
    long dataAgentBytes;
    int blocksFilled;               // by the engine
    long nowNs = -5_000_000_000L;   // clocks may be negative

    SenderRig(ShardedLayout source, ShardedLayout target, int laneCount, int dataAgents, long stagingBytes, int laneQueueBytes) {
        this(source, target, ShardRange.all(target.sharding().count()), laneCount, dataAgents, stagingBytes, laneQueueBytes, context -> { });
    }

    private SenderRig(ShardedLayout source, ShardedLayout target, ShardRange shardsThere, int laneCount, int dataAgents, long stagingBytes,
        int laneQueueBytes, Consumer<SenderContext> setting) {
        layout = source;
        this.target = target;
        this.laneCount = laneCount;
        lanes = new LoopbackNetwork(laneQueueBytes);
        receiver = decode("receiver", FakeReceiver.INCARNATION, FakeReceiver.PORT, shardsThere);
        NodeIdentity identity = new NodeIdentity("sender", 0x5555, 1, EnumSet.of(Role.PREFILL), 0, EXTENT_BYTES, List.of(), List.of(),
            source.encode());
        long[] random = {3};
        plane = network.open(new ControlContext().identity(identity).host("s").port(1).random(() -> random[0] += 5));
        SenderContext context = new SenderContext()
            .controlPlane(plane).layout(source).dataAgents(dataAgents).handoffsMax(64).windowBytes(stagingBytes)
            .wholeBytes(stagingBytes).ledger(ledger).clock(() -> nowNs)
            .addTransport(new WatchedLanes(
                new LoopbackTransport(lanes, new TransportContext(0x5555, null, null, Copier.java(), ledger)), () -> isReceiverGone))
            .random(new SplittableRandom(1)).errorHandler(thrown::add)
            .timeouts(SenderTimeouts.DEFAULT);
        setting.accept(context);
        sender = PrefillSender.of(context);
        engine = sender.engine();
        agents = sender.agents();
        peer = sender.connect("r", FakeReceiver.PORT);
    }

    /** Blocks of 16 tokens, one group, one shard; two lanes, two agents. */
    static SenderRig small() {
        return small(context -> { });
    }

    static SenderRig small(Consumer<SenderContext> setting) {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16))), Sharding.SINGLE);
        return of(layout, layout, setting);
    }

    /** Blocks of one token and 4 MiB: of 2^26 tokens they take more extents than an int counts. */
    static SenderRig wide() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("wide", DimensionOrder.NHD, 1, 1, List.of(
            LayerGroup.attention("full", 64, 16, 1024, ElementType.BF16))), Sharding.SINGLE);
        return new SenderRig(layout, layout, 1, 1, 64L << 20, 1 << 20);
    }

    /** Two lanes, two agents. */
    static SenderRig of(ShardedLayout source, ShardedLayout target, Consumer<SenderContext> setting) {
        return new SenderRig(source, target, ShardRange.all(target.sharding().count()), 2, 2, 4L << 20, 1 << 20, setting);
    }

    /** As above; the receiver has memory of those shards alone, and {@link #other} of the rest. */
    static SenderRig ofGang(ShardedLayout source, ShardedLayout target, ShardRange ofLeader, ShardRange ofMember, Consumer<SenderContext> setting) {
        SenderRig rig = new SenderRig(source, target, ofLeader, 2, 2, 4L << 20, 1 << 20, setting);
        rig.other = rig.decode("member", 0x9999, FakeReceiver.PORT + 1, ofMember);
        return rig;
    }

    static HandoffId id(long request) {
        return new HandoffId(0, 0, request, 0);
    }

    HandoffSpec spec(long request, int tokens) {
        return HandoffSpec.destinationFirst(id(request), peer, tokens);
    }

    void step() {
        step(STEP_NS);
    }

    void step(long elapsedNs) {
        nowNs += elapsedNs;
        for (int i = 0; i < (areDataAgentsStopped ? 1 : agents.size()); i++) {
            long before = ThreadAllocation.currentThreadBytes();
            try {
                agents.get(i).doWork();
            } catch (Exception ex) {
                thrown.add(ex);
            }
            dataAgentBytes += i == 0 ? 0 : ThreadAllocation.currentThreadBytes() - before;
        }
        receiver.poll(nowNs);
        if (other != null) {
            other.poll(nowNs);
        }
        engine.poll(this, 64);
    }

    /** The receiver dies without a word, and another process of the same node begins at its address. */
    void restartReceiver() {
        network.kill("r", FakeReceiver.PORT);
        receiver.close();
        receiver = decode("receiver", FakeReceiver.INCARNATION + 1, FakeReceiver.PORT, ShardRange.all(target.sharding().count()));
    }

    private FakeReceiver decode(String nodeId, long incarnation, int port, ShardRange shards) {
        return new FakeReceiver(nodeId, incarnation, port, network, lanes, ledger, target, shards, laneCount, EXTENT_BYTES);
    }

    void startOther() {
        other = decode("other", 0x9999, FakeReceiver.PORT + 1, ShardRange.all(target.sharding().count()));
        sender.connect("r", FakeReceiver.PORT + 1);
    }

    void awaitSession() {
        until("session", () -> plane.sessionCount() == 1 && receiver.plane.sessionCount() == 1);
    }

    /** The control agent alone, without moving the clock: for a thread that cycles beside the engine's. */
    void stepControl() {
        try {
            agents.get(0).doWork();
        } catch (Exception ex) {
            thrown.add(ex);
        }
    }

    void until(String what, BooleanSupplier condition) {
        for (int i = 0; i < 200_000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            step();
        }
        throw new AssertionError("never: " + what + " events=" + events + " said=" + receiver.said + " errors=" + receiver.errors
            + " thrown=" + thrown);
    }

    void steps(int count) {
        for (int i = 0; i < count; i++) {
            step();
        }
    }

    long begin(HandoffSpec spec) {
        long handoff = engine.begin(spec);
        assertTrue(handoff > 0, () -> "begin=" + handoff);
        return handoff;
    }

    /** Stages and fills the block; false if there is no room now. */
    boolean fill(long handoff, HandoffSpec spec, int block) {
        long unit = engine.stage(handoff, block);
        if (unit < 0) {
            return false;
        }
        if (unit == PrefillEngine.NOTHING) {
            return true;
        }
        SourceImages images = engine.images(handoff);
        int blockTokens = layout.layout().blockTokens();
        int tokens = Math.min(blockTokens, spec.tokens() - block * blockTokens);
        long seed = PatternSeed.ofBlock(receiver.seed, spec.blockKeys(), block,
            PatternSeed.of(receiver.seed, spec.id().requestHigh(), spec.id().requestLow()));
        blocksFilled++;
        for (int i = 0; i < images.imageCount(block); i++) {
            KvPattern.fillImage(unit + images.imageOffset(block, i), layout.layout(), layout.sharding(),
                images.sourceShard(block, i), images.group(block, i), block, tokens, seed);
        }
        return true;
    }

    /** Prefills all of it, block after block, as staging allows. */
    void prefill(long handoff, HandoffSpec spec, byte[] aux) {
        int blockTokens = layout.layout().blockTokens();
        int blocks = (spec.tokens() + blockTokens - 1) / blockTokens;
        for (int block = 0; block < blocks; block++) {
            int at = block;
            until("room for block " + block, () -> fill(handoff, spec, at));
            assertEquals(0, engine.chunkReady(handoff, Math.min(spec.tokens(), (block + 1) * blockTokens)));
            step();
        }
        assertEquals(0, engine.finish(handoff, spec.tokens(), aux));
    }

    void awaitGrant(long handoff) {
        until("grant", () -> events.contains("granted " + handoff));
    }

    String awaitEnd(long handoff) {
        until("end of " + handoff, () -> ends.containsKey(handoff));
        return ends.get(handoff);
    }

    void assertRight() {
        assertEquals(List.of(), receiver.errors);
        assertEquals(List.of(), other == null ? List.of() : other.errors);
        assertEquals(List.of(), thrown);
        assertEquals(0, engine.handoffCount());
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        events.add("granted " + handoff);
    }

    @Override
    public void onPartGranted(long handoff, int part, byte[] grant) {
        partGrants.put(part, grant);
    }

    @Override
    public void onLoaded(PrefixHere here) {
        loaded.add(here);
    }

    @Override
    public void onQueued(long handoff, int position, long estimateMs) {
        events.add("queued " + handoff);
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        events.add("rejected " + handoff + " " + reasonCode + " " + retryAfterMs);
        if (retryAfterMs == 0) {
            end(handoff, "rejected " + reasonCode);
        }
    }

    @Override
    public void onLanded(long handoff) {
        events.add("landed " + handoff);
    }

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        end(handoff, kind + " " + reason);
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        end(handoff, "failed " + reason);
        events.add(detail);
    }

    private void end(long handoff, String how) {
        if (ends.put(handoff, how) != null) {
            throw new AssertionError("ended twice: " + handoff + " " + how);
        }
    }

    /** Closes everything; what was owned must be given back, whatever happened. */
    @Override
    public void close() {
        agents.forEach(Agent::onClose);
        sender.close();
        plane.close();
        receiver.close();
        if (other != null) {
            other.close();
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
    }
}
