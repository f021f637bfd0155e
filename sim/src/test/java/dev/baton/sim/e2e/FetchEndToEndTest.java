package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.HandoffId;

/**
 * A decode node fetches a prompt's beginning out of the memory of a node that had it, which no engine is told of; the
 * request that comes then is sent the rest only, and read whole with the right bytes.
 */
@Timeout(60)
class FetchEndToEndTest {
    private static final int BLOCK = 32;
    private static final int BLOCKS = 6;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;
    private static final long TENANT = PatternFeed.id(0).tenant();

    @TempDir
    Path temporary;

    private final MemoryLedger memory = new MemoryLedger();

    private static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(block, 5, 6, 7));
        }
        return keys;
    }

    /** Hears of fetches, and reads every byte of what is handed off. */
    private record Reader(VerifyingEngine engine, List<FetchEnd> fetched) implements ReadyOnly {
        @Override
        public void onFetched(FetchEnd end) {
            fetched.add(end);
        }
    }

    @ParameterizedTest
    @CsvSource({"shm, 1, 1", "tcp, 1, 1", "tcp, 1, 2"})
    void shouldFetchABeginningFromAPrefillNodeAndBeSentTheRestOnly(String scheme, int holderTp, int askerTp) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(holderTp));
        ShardedLayout other = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(askerTp));
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(8L << 20).wholeBytes(4L << 20));
        try (DecodeReceiver first = DecodeReceiver.launch(node("first", layout, scheme, shm), receiving(layout));
            DecodeReceiver asker = DecodeReceiver.launch(node("asker", other, scheme, shm), receiving(other));
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout, scheme, shm), List.of(prefills))) {
            Reader atFirst = new Reader(ReceiverCommand.verifyingEngine(first, PatternFeed.SEED), new ArrayList<>());
            Reader atAsker = new Reader(ReceiverCommand.verifyingEngine(asker, PatternFeed.SEED), new ArrayList<>());
            Runnable poll = () -> {
                first.poll(atFirst, 4);
                asker.poll(atAsker, 4);
                assertNull(prefill.failure());
                assertNull(first.runtime().failure());
                assertNull(asker.runtime().failure());
            };
            PatternFeed feed = feed(prefills, layout, 1, prefills.sender().connect("127.0.0.1", first.port()), BLOCKS);
            await("the first request", poll, feed, () -> feed.isDone() && atFirst.engine().requests() == 1);
            assertEquals(BLOCKS, feed.filled());

            PatternFeed idle = new PatternFeed(prefills.sender().engine(), layout, 0, new int[0]);
            FetchEnd end = fetch(asker, atAsker, prefill.port(), poll, idle);
            assertTrue(end instanceof FetchEnd.Landed landed && landed.tokens() == BLOCKS * BLOCK, () -> end.toString());
            assertEquals(0, atAsker.engine().requests(), "no engine is told");

            assertRestIsSent(prefills, layout, asker, atAsker, poll);
        }
        assertTrue(memory.isEmpty(), memory::toString);
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** What a decode node received and nobody reads any more, another one fetches; the nodes that prefilled it are gone. */
    @ParameterizedTest
    @ValueSource(strings = {"shm", "tcp", "rdma-sim"})
    void shouldFetchABeginningOutOfTheMemoryThatItWasReceivedIn(String scheme) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(2));
        NodeService decodes = DecodeReceiver.service(receiving(layout));
        SenderService hands = new SenderService(new SenderContext().layout(layout).windowBytes(4L << 20).wholeBytes(4L << 20));
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(8L << 20).wholeBytes(4L << 20));
        try (DecodeReceiver asker = DecodeReceiver.launch(node("asker", layout, scheme, shm), receiving(layout));
            NodeRuntime holder = NodeRuntime.launch(node("holder", layout, scheme, shm), List.of(hands, decodes))) {
            DecodeReceiver holding = DecodeReceiver.of(holder, decodes);
            Reader atHolder = new Reader(ReceiverCommand.verifyingEngine(holding, PatternFeed.SEED), new ArrayList<>());
            Reader atAsker = new Reader(ReceiverCommand.verifyingEngine(asker, PatternFeed.SEED), new ArrayList<>());
            Runnable poll = () -> {
                holding.poll(atHolder, 4);
                asker.poll(atAsker, 4);
                assertNull(holder.failure());
                assertNull(asker.runtime().failure());
            };
            try (NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout, scheme, shm), List.of(prefills))) {
                PatternFeed feed = feed(prefills, layout, 1, prefills.sender().connect("127.0.0.1", holder.port()), BLOCKS);
                await("the first request", poll, feed, () -> feed.isDone() && atHolder.engine().requests() == 1);
                assertNull(prefill.failure());
            }
            PatternFeed idle = new PatternFeed(hands.sender().engine(), layout, 0, new int[0]);
            FetchEnd end = fetch(asker, atAsker, holder.port(), poll, idle);
            assertTrue(end instanceof FetchEnd.Landed landed && landed.tokens() == BLOCKS * BLOCK, () -> end.toString());
            assertEquals(1, atHolder.engine().requests(), "no engine is told");
            assertEquals(0, hands.sender().engine().handoffCount());
            assertRestIsSent(hands, layout, asker, atAsker, poll);
        }
        assertTrue(memory.isEmpty(), memory::toString);
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** More blocks than there are; how it ended. */
    private static FetchEnd fetch(DecodeReceiver asker, Reader reader, int port, Runnable poll, PatternFeed feed) throws Exception {
        String nodeId = asker.connect(new HostPort("127.0.0.1", port)).get(20, TimeUnit.SECONDS);
        asker.fetch(new FetchAsk(nodeId, new HandoffId(TENANT, 99, 1, 0), keys(BLOCKS + 2), 20_000));
        await("a fetch", poll, feed, () -> !reader.fetched().isEmpty());
        return reader.fetched().getLast();
    }

    /** A request that begins with what was fetched is sent the block behind it, and read whole. */
    private static void assertRestIsSent(SenderService from, ShardedLayout layout, DecodeReceiver asker, Reader reader, Runnable poll) {
        PatternFeed second = feed(from, layout, 2, from.sender().connect("127.0.0.1", asker.port()), BLOCKS + 1);
        await("the second request", poll, second, () -> second.isDone() && reader.engine().requests() == 1);
        assertEquals("", second.trouble());
        assertEquals(BLOCK * BYTES_PER_TOKEN, second.bytes(), "one block was sent");
        assertEquals(0, reader.engine().mismatches(), reader.engine()::firstMismatch);
        assertEquals((BLOCKS + 1) * BLOCK * BYTES_PER_TOKEN, reader.engine().bytes());
    }

    private static PatternFeed feed(SenderService from, ShardedLayout layout, int request, int peer, int blocks) {
        return new PatternFeed(from.sender().engine(), layout, request, new int[] {blocks * BLOCK},
            number -> HandoffSpec.destinationFirst(PatternFeed.id(number), peer, blocks * BLOCK).withBlockKeys(keys(blocks)));
    }

    private static void await(String what, Runnable poll, PatternFeed feed, BooleanSupplier isDone) {
        long startNs = System.nanoTime();
        while (!isDone.getAsBoolean()) {
            feed.step();
            poll.run();
            assertEquals("", feed.trouble());
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(15), "waited 15 s for " + what);
            Until.rest();
        }
    }

    private static ReceiverContext receiving(ShardedLayout layout) {
        return new ReceiverContext().layout(layout).poolBytesPerShard(32L << 20).extentBytes(256 << 10).conclude();
    }

    private NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(memory)
            .conclude();
    }
}
