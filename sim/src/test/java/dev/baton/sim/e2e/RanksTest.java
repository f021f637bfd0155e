package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
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

/**
 * Requests whose shards lie with several prefill processes: one reserves, its engine hands the grant to the others, and each
 * sends its own. Nodes of one JVM, over real transports and control.
 */
@Timeout(60)
class RanksTest {
    private static final int[] TOKENS = {256, 1000, 77, 2049};

    @TempDir
    Path temporary;

    private final MemoryLedger ledger = new MemoryLedger();
    private final List<SenderService> services = new ArrayList<>();
    private final List<NodeRuntime> nodes = new ArrayList<>();
    private final List<PatternFeed> feeds = new ArrayList<>();
    /** Of the receiving gang, but its leader. */
    private final List<HostPort> members = new ArrayList<>();

    @ParameterizedTest(name = "{0} tp {1} to {2}, ranks {3} {4} {5}")
    @CsvSource({
        "shm, 2, 1, 0, 1, -",
        "tcp, 2, 2, 0, 1, -",
        "aeron, 4, 2, 0-2, 3, -",
        "tcp, 4, 1, 2, 0-1, 3",
        "shm, 4, 8, 1, 0, 2-3",
    })
    void shouldDeliverEveryByteOfEveryRank(String scheme, int prefillTp, int decodeTp, String leader, String second, String third)
        throws Exception {
        ShardedLayout source = layout(prefillTp);
        ShardedLayout target = layout(decodeTp);
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        List<String> shards = third.equals("-") ? List.of(leader, second) : List.of(leader, second, third);
        try (DecodeReceiver receiver = DecodeReceiver.launch(node("decode", target, scheme, shm), new ReceiverContext().layout(target)
            .poolBytesPerShard(112L << 20).conclude())) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED);
            launchRanks(source, scheme, shm, shards, receiver.port());
            Until.holds("all outcomes", () -> {
                receiver.poll(engine, 4);
                assertNull(receiver.runtime().failure());
                stepFeeds();
                return feeds.stream().allMatch(PatternFeed::isDone);
            });
            assertEquals(0, engine.mismatches(), engine.firstMismatch());
            assertEquals(TOKENS.length, engine.requests());
            assertEquals(feeds.getFirst().bytes(), engine.bytes());
            Until.holds("memory is back", () -> {
                receiver.poll(engine, 4);
                return receiver.ledger().liveCount() == 0;
            });
        } finally {
            nodes.forEach(NodeRuntime::close);
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        try (var left = Files.list(shm)) {
            assertEquals(List.of(), left.toList());
        }
        Files.delete(shm);
    }

    /** Several processes at both ends: each of one end binds at each of the other. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void shouldDeliverFromEachRankToEachProcessOfAGang(String scheme) throws Exception {
        ShardedLayout layout = layout(2);
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        try (DecodeReceiver leader = DecodeReceiver.launch(node("decode-0", layout, scheme, shm), gang(layout, 0, null));
            DecodeReceiver member = DecodeReceiver.launch(node("decode-1", layout, scheme, shm),
                gang(layout, 1, new HostPort("127.0.0.1", leader.port())))) {
            VerifyingEngine atLeader = ReceiverCommand.verifyingEngine(leader, PatternFeed.SEED);
            VerifyingEngine atMember = ReceiverCommand.verifyingEngine(member, PatternFeed.SEED);
            members.add(new HostPort("127.0.0.1", member.port()));
            launchRanks(layout, scheme, shm, List.of("0", "1"), leader.port());
            Until.holds("all outcomes, and both engines have read", () -> {
                leader.poll(atLeader, 4);
                member.poll(atMember, 4);
                stepFeeds();
                return feeds.stream().allMatch(PatternFeed::isDone) && atLeader.requests() == TOKENS.length
                    && atMember.requests() == TOKENS.length;
            });
            assertEquals(0, atLeader.mismatches() + atMember.mismatches(), atLeader.firstMismatch() + atMember.firstMismatch());
            assertEquals(feeds.getFirst().bytes(), atLeader.bytes() + atMember.bytes(), "each byte at one process");
        } finally {
            nodes.forEach(NodeRuntime::close);
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        Files.delete(shm);
    }

    private static ReceiverContext gang(ShardedLayout layout, int shard, HostPort leaderOrNull) {
        return new ReceiverContext().layout(layout).poolBytesPerShard(64L << 20).shardsHere(new ShardRange(shard, shard))
            .gangLeader(leaderOrNull).conclude();
    }

    private void stepFeeds() {
        for (int rank = 0; rank < feeds.size(); rank++) {
            feeds.get(rank).step();
            assertNull(nodes.get(rank).failure());
            assertEquals("", feeds.get(rank).trouble());
        }
    }

    private void launchRanks(ShardedLayout source, String scheme, Path shm, List<String> shards, int port) {
        List<Rank> ranks = new ArrayList<>();
        for (String range : shards) {
            SenderService service = new SenderService(new SenderContext().layout(source).shardsHere(ShardRange.parse(range))
                .windowBytes(32L << 20).wholeBytes(32L << 20));
            nodes.add(NodeRuntime.launch(node("prefill-" + range, source, scheme, shm), List.of(service)));
            services.add(service);
            if (members.isEmpty()) {
                service.sender().connect("127.0.0.1", port);
            } else {
                service.sender().connect(new HostPort("127.0.0.1", port), members);
            }
            ranks.add(new Rank(service.sender().incarnation(), ShardRange.parse(range)));
        }
        for (int rank = 0; rank < services.size(); rank++) {
            boolean isLeader = rank == 0;
            feeds.add(new PatternFeed(services.get(rank).sender().engine(), source, 0, TOKENS, i -> {
                HandoffSpec spec = HandoffSpec.destinationFirst(PatternFeed.id(i), 0, TOKENS[i]);
                return isLeader ? spec.withRanks(ranks) : spec.joining();
            }));
        }
        feeds.getFirst().handOn((part, grant) -> feeds.get(part).join(grant));
    }

    private static ShardedLayout layout(int tp) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(tp));
    }

    private NodeContext node(String nodeId, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(nodeId).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm)
            .ledger(ledger).conclude();
    }
}
