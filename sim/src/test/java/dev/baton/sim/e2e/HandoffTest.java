package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.KvLayout;
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
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.secret.SharedSecret;

/** Both ends in one process, over real transports and real control: the shortest path through everything. */
@Timeout(60)
class HandoffTest {
    @TempDir
    Path temporary;

    @ParameterizedTest(name = "{0} {1} tp {2} to {3} {4} to {5} encrypted {6}")
    @CsvSource({
        "shm, Llama-3.2-1B, 1, 1, NHD, NHD, false",
        "tcp, Llama-3.2-1B, 1, 1, NHD, NHD, false",
        "aeron, Llama-3.2-1B, 1, 1, NHD, NHD, false",
        "rdma-sim, Llama-3.2-1B, 1, 1, NHD, NHD, false",
        "rdma-sim, Llama-3.2-1B, 4, 2, NHD, HND, false",
        "shm, Llama-3.2-1B, 4, 2, NHD, HND, false",
        "tcp, gpt-oss-20b, 2, 4, HND, NHD, false",
        "shm, DeepSeek-V3, 1, 2, NHD, NHD, false",
        "tcp-lossless, Llama-3.2-1B, 2, 1, NHD, HND, false",
        "tcp, Llama-3.2-1B, 2, 1, NHD, NHD, true",
        "aeron, Llama-3.2-1B, 1, 2, NHD, HND, true",
    })
    void shouldDeliverEveryByte(String scheme, String model, int prefillTp, int decodeTp, DimensionOrder from, DimensionOrder to,
        boolean isEncrypted)
        throws Exception {
        MemoryLedger ledger = new MemoryLedger();
        KvLayout shape = ModelShapes.layout(model);
        ShardedLayout source = new ShardedLayout(shape.withOrder(from), Sharding.tensor(prefillTp));
        ShardedLayout target = new ShardedLayout(shape.withOrder(to), Sharding.tensor(decodeTp));
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        try (DecodeReceiver receiver = DecodeReceiver.launch(node(target, scheme, shm, ledger, isEncrypted),
                new ReceiverContext().layout(target).poolBytesPerShard(176L << 20).conclude())) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED);
            SenderService service = new SenderService(new SenderContext().layout(source));
            try (NodeRuntime sender = NodeRuntime.launch(node(source, scheme, shm, ledger, isEncrypted), List.of(service))) {
                int peer = service.sender().connect("127.0.0.1", receiver.port());
                PatternFeed feed = new PatternFeed(service.sender().engine(), source, peer, new int[] {256, 1000, 77, 2049});
                Until.holds("all outcomes", () -> {
                    feed.step();
                    receiver.poll(engine, 4);
                    assertEquals(null, sender.failure());
                    assertEquals(null, receiver.runtime().failure());
                    return feed.isDone();
                });
                assertEquals("", feed.trouble());
                assertEquals(4, engine.requests());
                assertEquals(0, engine.mismatches(), engine.firstMismatch());
            }
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        try (var left = Files.list(shm)) {
            assertEquals(List.of(), left.toList());
        }
        Files.delete(shm);
    }

    private NodeContext node(ShardedLayout layout, String scheme, Path shm, MemoryLedger ledger, boolean isEncrypted) {
        return new NodeContext().layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(ledger)
            .secret(isEncrypted ? SharedSecret.of(new byte[32]) : null).encrypting(isEncrypted).conclude();
    }
}
