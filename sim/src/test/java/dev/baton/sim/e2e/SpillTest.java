package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.PoolStats;
import dev.baton.buffer.slab.Tier;
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

/** A receiver with a spill tier on a disk: what its pool has no room for lands there, every byte. */
@Timeout(60)
class SpillTest {
    private static final long POOL_BYTES = 16L << 20;
    private static final long SPILL_BYTES = 128L << 20;
    private static final ShardedLayout LAYOUT = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.SINGLE);

    @TempDir
    Path temporary;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"shm", "tcp", "aeron"})
    void shouldLandWhatFindsNoRoomInTheSpillTier(String scheme) throws Exception {
        MemoryLedger ledger = new MemoryLedger();
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test")
            : Files.createDirectory(temporary.resolve("shm"));
        try (DecodeReceiver receiver = DecodeReceiver.launch(node(scheme, shm, ledger).conclude(),
                new ReceiverContext().layout(LAYOUT).poolBytesPerShard(POOL_BYTES).spillBytesPerShard(SPILL_BYTES).conclude())) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED);
            SenderService service = new SenderService(new SenderContext().layout(LAYOUT));
            try (NodeRuntime sender = NodeRuntime.launch(node(scheme, shm, ledger).conclude(), List.of(service))) {
                int peer = service.sender().connect("127.0.0.1", receiver.port());
                // 32 KiB a token: 8 MiB fit the pool of 16, 64 MiB do not.
                PatternFeed feed = new PatternFeed(service.sender().engine(), LAYOUT, peer, new int[] {256, 2049, 77});
                Until.holds("all outcomes", () -> {
                    feed.step();
                    receiver.poll(engine, 4);
                    assertEquals(null, sender.failure());
                    assertEquals(null, receiver.runtime().failure());
                    return feed.isDone();
                });
                assertEquals("", feed.trouble());
                assertEquals(3, engine.requests());
                assertEquals(0, engine.mismatches(), engine.firstMismatch());
            }
            PoolStats stats = PoolStats.of(receiver.ledger());
            assertEquals(3, stats.grants());
            assertTrue(stats.grantsSpilled() >= 1, stats::toString);
            assertTrue(stats.tiers().get(Tier.DISK).sealed() * stats.extentBytes() >= 2048 * 32_768L, stats::toString);
            assertEquals(stats.extents(), stats.tiers().get(Tier.DRAM).plus(stats.tiers().get(Tier.DISK)));
            assertEquals(POOL_BYTES + SPILL_BYTES, stats.totalBytes());
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        for (Path directory : List.of(shm, temporary.resolve("spill"))) {
            try (var left = Files.list(directory)) {
                assertEquals(List.of(), left.toList());
            }
        }
        Files.delete(shm);
    }

    @Test
    void shouldRefuseASpillTierWithoutADirectory() {
        NodeContext node = new NodeContext().layout(LAYOUT.encode()).transports(List.of("tcp"))
            .sharedMemoryDir(temporary.resolve("shm")).conclude();
        ReceiverContext context = new ReceiverContext().layout(LAYOUT).poolBytesPerShard(POOL_BYTES)
            .spillBytesPerShard(SPILL_BYTES).conclude();

        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> DecodeReceiver.launch(node, context).close());

        assertTrue(refused.getMessage().contains("name one with --spill-dir"), refused::getMessage);
    }

    private NodeContext node(String scheme, Path shm, MemoryLedger ledger) {
        return new NodeContext().layout(LAYOUT.encode()).transports(List.of(scheme)).sharedMemoryDir(shm)
            .spillDir(temporary.resolve("spill")).ledger(ledger);
    }
}
