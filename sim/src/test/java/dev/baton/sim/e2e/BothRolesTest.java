package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.BufferPool;
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
import dev.baton.transport.node.NodeService;

/**
 * A node with both roles in the middle, receiving from one node and sending to another at the same time, out of one pool
 * that is much smaller than either way's work.
 */
@Timeout(60)
class BothRolesTest {
    private static final long POOL_BYTES = 96L << 20;
    private static final long SHARE_BYTES = 16L << 20;
    private static final int[] TOKENS = {256, 1000, 77, 2000, 512};
    private static final ShardedLayout LAYOUT = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.SINGLE);

    private final MemoryLedger middleMemory = new MemoryLedger();
    private final MemoryLedger otherMemory = new MemoryLedger();

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"shm", "tcp"})
    void shouldReceiveAndSendOutOfOnePool(String scheme) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        NodeService decodes = DecodeReceiver.service(receiving());
        SenderService prefills = new SenderService(sending());
        SenderService upstream = new SenderService(sending());
        try (DecodeReceiver last = DecodeReceiver.launch(node("last", scheme, shm, otherMemory), receiving());
            NodeRuntime middle = NodeRuntime.launch(node("middle", scheme, shm, middleMemory), List.of(prefills, decodes));
            NodeRuntime first = NodeRuntime.launch(node("first", scheme, shm, otherMemory), List.of(upstream))) {
            assertEquals(POOL_BYTES, middleMemory.bytes(BufferPool.OWNER));
            DecodeReceiver middleDecodes = DecodeReceiver.of(middle, decodes);
            VerifyingEngine inMiddle = ReceiverCommand.verifyingEngine(middleDecodes, PatternFeed.SEED);
            VerifyingEngine atLast = ReceiverCommand.verifyingEngine(last, PatternFeed.SEED);
            PatternFeed in = feed(upstream, middle.port());
            PatternFeed out = feed(prefills, last.port());
            long startNs = System.nanoTime();
            while (!in.isDone() || !out.isDone()) {
                in.step();
                out.step();
                middleDecodes.poll(inMiddle, 4);
                last.poll(atLast, 4);
                assertNull(first.failure());
                assertNull(middle.failure());
                assertNull(last.runtime().failure());
                assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(50), () -> "waited 50 s: in=" + in.trouble() + " out=" + out.trouble());
                Until.rest();
            }
            assertEquals("", in.trouble());
            assertEquals("", out.trouble());
            assertEquals(TOKENS.length, inMiddle.requests());
            assertEquals(TOKENS.length, atLast.requests());
            assertEquals(0, inMiddle.mismatches(), inMiddle::firstMismatch);
            assertEquals(0, atLast.mismatches(), atLast::firstMismatch);
        }
        assertTrue(middleMemory.isEmpty(), middleMemory::toString);
        assertTrue(otherMemory.isEmpty(), otherMemory::toString);
        try (var left = Files.list(shm)) {
            assertEquals(List.of(), left.toList());
        }
        Files.delete(shm);
    }

    private static PatternFeed feed(SenderService from, int port) {
        return new PatternFeed(from.sender().engine(), LAYOUT, from.sender().connect("127.0.0.1", port), TOKENS);
    }

    private static ReceiverContext receiving() {
        return new ReceiverContext().layout(LAYOUT).poolBytesPerShard(POOL_BYTES).conclude();
    }

    private static SenderContext sending() {
        return new SenderContext().layout(LAYOUT).windowBytes(SHARE_BYTES).wholeBytes(SHARE_BYTES);
    }

    private static NodeContext node(String name, String scheme, Path shm, MemoryLedger ledger) {
        return new NodeContext().nodeId(name).layout(LAYOUT.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(ledger)
            .conclude();
    }
}
