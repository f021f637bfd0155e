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
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** An instance whose shards lie with several nodes: one allocates, the others lend; over real transports and control. */
@Timeout(60)
class GangTest {
    @TempDir
    Path temporary;

    private final MemoryLedger ledger = new MemoryLedger();
    private final List<DecodeReceiver> gang = new ArrayList<>();
    private final List<VerifyingEngine> engines = new ArrayList<>();

    @ParameterizedTest(name = "{0} tp {1} to {2}, leader has {3}, members {4} {5}")
    @CsvSource({
        "shm, 1, 2, 0, 1, -",
        "tcp, 2, 2, 1, 0, -",
        "aeron, 4, 2, 0, 1, -",
        "shm, 2, 4, 1-2, 0, 3",
        "tcp, 1, 4, 0-1, 2, 3",
    })
    void shouldDeliverEveryByteOfEveryShard(String scheme, int prefillTp, int decodeTp, String leaderHas, String first,
        String second) throws Exception {
        ShardedLayout source = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(prefillTp));
        ShardedLayout target = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(decodeTp));
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        SenderService service = new SenderService(new SenderContext().layout(source));
        try {
            launch(target, scheme, shm, leaderHas, null);
            HostPort leader = new HostPort("127.0.0.1", gang.getFirst().port());
            List<HostPort> members = new ArrayList<>();
            for (String shards : second.equals("-") ? List.of(first) : List.of(first, second)) {
                launch(target, scheme, shm, shards, leader);
                members.add(new HostPort("127.0.0.1", gang.getLast().port()));
            }
            try (NodeRuntime sender = NodeRuntime.launch(node("prefill", source, scheme, shm), List.of(service))) {
                int peer = service.sender().connect(leader, members);
                PatternFeed feed = new PatternFeed(service.sender().engine(), source, peer, new int[] {256, 1000, 77, 2049});
                Until.holds("all outcomes", () -> {
                    feed.step();
                    poll();
                    assertNull(sender.failure());
                    return feed.isDone();
                });
                assertEquals("", feed.trouble());
                Until.holds("every member's engine", () -> {
                    poll();
                    return engines.stream().allMatch(engine -> engine.requests() == 4);
                });
                long bytes = 0;
                for (VerifyingEngine engine : engines) {
                    assertEquals(0, engine.mismatches(), engine.firstMismatch());
                    assertTrue(engine.bytes() > 0);
                    bytes += engine.bytes();
                }
                assertEquals(feed.bytes(), bytes, "each byte at one process");
                Until.holds("memory is back", () -> {
                    poll();
                    return gang.getFirst().ledger().liveCount() == 0;
                });
            }
        } finally {
            for (DecodeReceiver receiver : gang.reversed()) {
                receiver.close();
            }
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        try (var left = Files.list(shm)) {
            assertEquals(List.of(), left.toList());
        }
        Files.delete(shm);
    }

    private void launch(ShardedLayout target, String scheme, Path shm, String shards, HostPort leaderOrNull) {
        DecodeReceiver receiver = DecodeReceiver.launch(node("decode-" + shards, target, scheme, shm), new ReceiverContext().layout(target)
            .poolBytesPerShard(48L << 20).shardsHere(ShardRange.parse(shards)).gangLeader(leaderOrNull).conclude());
        gang.add(receiver);
        engines.add(ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED));
    }

    private void poll() {
        for (int i = 0; i < gang.size(); i++) {
            gang.get(i).poll(engines.get(i), 4);
            assertNull(gang.get(i).runtime().failure());
        }
    }

    private NodeContext node(String nodeId, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(nodeId).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm)
            .ledger(ledger).conclude();
    }
}
