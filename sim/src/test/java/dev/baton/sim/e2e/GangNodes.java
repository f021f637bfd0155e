package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.Rank;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** The processes of a receiving instance and those that send to it, as nodes of one JVM over real transports and control. */
final class GangNodes implements AutoCloseable {
    static final int EXTENT_BYTES = 256 << 10;

    private final MemoryLedger ledger = new MemoryLedger();
    private final Path shm;
    private final ShardedLayout source;
    private final ShardedLayout target;
    private final List<DecodeReceiver> gang = new ArrayList<>();
    private final List<VerifyingEngine> engines = new ArrayList<>();
    /** Also of those that are gone. */
    private final List<VerifyingEngine> all = new ArrayList<>();
    private final List<Rank> ranks = new ArrayList<>();
    private final List<SenderService> services = new ArrayList<>();
    private final List<NodeRuntime> senders = new ArrayList<>();
    private List<PatternFeed> feeds = List.of();
    private long poolBytes = 96L << 20;

    GangNodes(ShardedLayout source, ShardedLayout target, Path temporary) throws IOException {
        this.source = source;
        this.target = target;
        shm = Files.createTempDirectory(Files.exists(Path.of("/dev/shm")) ? Path.of("/dev/shm") : temporary, "baton-test");
    }

    /** On each shard; before the first receiver. */
    GangNodes pool(long bytesPerShard) {
        poolBytes = bytesPerShard;
        return this;
    }

    /** The first one is the leader. Schemes are joined by "+", the best first. */
    GangNodes receiver(String shards, String schemes) {
        launch(gang.size(), shards, schemes, 0);
        return this;
    }

    /** In the place of one that is gone, on the same port. */
    void restart(int index, String shards, String schemes) {
        int port = gang.get(index).port();
        gang.remove(index).close();
        engines.remove(index);
        launch(index, shards, schemes, port);
    }

    private void launch(int index, String shards, String schemes, int port) {
        HostPort leader = index == 0 ? null : new HostPort("127.0.0.1", gang.getFirst().port());
        DecodeReceiver receiver = DecodeReceiver.launch(node("decode-" + shards, target, schemes).port(port).conclude(),
            new ReceiverContext().layout(target).poolBytesPerShard(poolBytes).extentBytes(EXTENT_BYTES)
                .shardsHere(ShardRange.parse(shards)).gangLeader(leader).conclude());
        gang.add(index, receiver);
        engines.add(index, ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED));
        all.add(engines.get(index));
    }

    /** The first one reserves. Once all receivers are there. */
    GangNodes sender(String shards, String schemes) {
        SenderService service = new SenderService(new SenderContext().layout(source).shardsHere(ShardRange.parse(shards))
            .windowBytes(24L << 20).wholeBytes(16L << 20));
        senders.add(NodeRuntime.launch(node("prefill-" + shards, source, schemes).conclude(), List.of(service)));
        services.add(service);
        List<HostPort> members = gang.stream().skip(1).map(member -> new HostPort("127.0.0.1", member.port())).toList();
        service.sender().connect(new HostPort("127.0.0.1", gang.getFirst().port()), members);
        ranks.add(new Rank(service.sender().incarnation(), ShardRange.parse(shards)));
        return this;
    }

    private NodeContext node(String nodeId, ShardedLayout layout, String schemes) {
        return new NodeContext().nodeId(nodeId).layout(layout.encode()).transports(List.of(schemes.split("\\+", -1)))
            .sharedMemoryDir(shm).ledger(ledger);
    }

    /** Begins requests of so many tokens, numbered from {@code first} on; their engines' feed is the first sender's. */
    PatternFeed begin(int first, int[] tokens, IntFunction<UnaryOperator<HandoffSpec>> more) {
        List<PatternFeed> begun = new ArrayList<>();
        for (SenderService service : services) {
            boolean isLeader = begun.isEmpty();
            begun.add(new PatternFeed(service.sender().engine(), source, first, tokens, i -> {
                HandoffSpec spec = more.apply(i).apply(HandoffSpec.destinationFirst(PatternFeed.id(i), 0, tokens[i - first]));
                return services.size() == 1 ? spec : isLeader ? spec.withRanks(ranks) : spec.joining();
            }));
        }
        begun.getFirst().handOn((part, grant) -> begun.get(part).join(grant));
        feeds = begun;
        return begun.getFirst();
    }

    /** All that was begun is delivered, and every process's engine has read it. */
    void awaitDelivered(long requestsOfEach) {
        await("all outcomes, and every engine has read", () -> feeds.stream().allMatch(PatternFeed::isDone)
            && engines.stream().allMatch(engine -> engine.requests() >= requestsOfEach));
        feeds.forEach(feed -> assertEquals("", feed.trouble()));
        assertRight();
    }

    void assertRight() {
        all.forEach(engine -> assertEquals(0, engine.mismatches(), engine::firstMismatch));
    }

    void awaitMemoryBack() {
        await("memory is back", () -> gang.getFirst().ledger().liveCount() == 0);
    }

    /** Compared, by all engines that ever were. */
    long bytesRead() {
        return all.stream().mapToLong(VerifyingEngine::bytes).sum();
    }

    VerifyingEngine engine(int index) {
        return engines.get(index);
    }

    private void step() {
        feeds.forEach(PatternFeed::step);
        senders.forEach(sender -> assertNull(sender.failure()));
        for (int i = 0; i < gang.size(); i++) {
            gang.get(i).poll(engines.get(i), 4);
            assertNull(gang.get(i).runtime().failure());
        }
    }

    void await(String what, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            step();
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), () -> "waited 30 s for " + what + "; " +
                feeds.stream().map(PatternFeed::trouble).toList());
            Until.rest();
        }
    }

    /** Nothing of it is left: neither memory nor a file. */
    @Override
    public void close() throws IOException {
        senders.forEach(NodeRuntime::close);
        gang.reversed().forEach(DecodeReceiver::close);
        assertTrue(ledger.isEmpty(), ledger::toString);
        try (var left = Files.list(shm)) {
            assertEquals(List.of(), left.toList());
        }
        Files.delete(shm);
    }
}
