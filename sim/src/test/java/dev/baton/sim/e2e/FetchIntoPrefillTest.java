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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardPairing;
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
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.engine.StagingReader;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.HandoffId;

/**
 * Four nodes: one prefills a prompt for a decode node, and goes. Another prefill node fetches it out of that one's memory into its
 * own, reads every byte of it there, and hands it to a third decode node without computing any of it.
 */
@Timeout(60)
class FetchIntoPrefillTest {
    private static final int BLOCKS = 6;
    private static final long TENANT = PatternFeed.id(0).tenant();

    @TempDir
    Path temporary;

    private final MemoryLedger memory = new MemoryLedger();
    private final List<PrefixHere> loaded = new ArrayList<>();

    private static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(block, 5, 6, 7));
        }
        return keys;
    }

    /** The last column: of the node that decodes it in the end. What it came through has the shards of the node that computed it. */
    @ParameterizedTest(name = "{0} over {2}, tp {3} to {4}")
    @CsvSource({
        "Llama-3.2-1B, 32, shm, 1, 1",
        "Llama-3.2-1B, 32, tcp, 2, 1",
        "Llama-3.2-1B, 32, tcp, 1, 2",
        "gpt-oss-20b, 32, tcp, 1, 1",
        "DeepSeek-V4-Flash, 128, shm, 1, 1",
    })
    void shouldHandOnWhatItFetchedAndNeverComputed(String model, int blockTokens, String scheme, int tp, int lastTp) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout(model).withBlockTokens(blockTokens), Sharding.tensor(tp));
        ShardedLayout lastLayout = new ShardedLayout(ModelShapes.layout(model).withBlockTokens(blockTokens), Sharding.tensor(lastTp));
        int tokens = BLOCKS * blockTokens;
        int longerTokens = tokens + blockTokens + 5;
        NodeService decodes = DecodeReceiver.service(receiving(layout));
        NodeService fetches = DecodeReceiver.service(receiving(layout));
        SenderService gives = new SenderService(sending(layout));
        SenderService prefills = new SenderService(sending(layout));
        try (NodeRuntime holder = NodeRuntime.launch(node("holder", layout, scheme, shm), List.of(gives, decodes));
            NodeRuntime forwarder = NodeRuntime.launch(node("forwarder", layout, scheme, shm), List.of(prefills, fetches));
            DecodeReceiver last = DecodeReceiver.launch(node("last", lastLayout, scheme, shm), receiving(lastLayout))) {
            DecodeReceiver holding = DecodeReceiver.of(holder, decodes);
            VerifyingEngine atHolder = ReceiverCommand.verifyingEngine(holding, PatternFeed.SEED);
            VerifyingEngine atLast = ReceiverCommand.verifyingEngine(last, PatternFeed.SEED);
            PatternFeed idle = new PatternFeed(gives.sender().engine(), layout, 0, new int[0]);
            Runnable poll = () -> {
                holding.poll(atHolder, 4);
                last.poll(atLast, 4);
                idle.step();
                assertNull(holder.failure());
                assertNull(forwarder.failure());
                assertNull(last.runtime().failure());
            };
            SenderService origin = new SenderService(sending(layout));
            try (NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout, scheme, shm), List.of(origin))) {
                PatternFeed feed = feed(origin, layout, 1, origin.sender().connect("127.0.0.1", holder.port()), tokens);
                await("the first request", feed, poll, () -> feed.isDone() && atHolder.requests() == 1);
                assertNull(prefill.failure());
            }

            String nodeId = DecodeReceiver.of(forwarder, fetches).connect(new HostPort("127.0.0.1", holder.port())).get(20, TimeUnit.SECONDS);
            PatternFeed listening = new PatternFeed(prefills.sender().engine(), layout, 0, new int[0]);
            listening.onLoaded(loaded::add);
            prefills.sender().engine().load(new PrefixAsk(new HandoffId(TENANT, 99, 1, 0), keys(BLOCKS + 2), nodeId, 20_000));
            await("what is read", listening, poll, () -> !loaded.isEmpty());
            assertEquals(BLOCKS, loaded.getFirst().blockCount(), () -> loaded.getFirst().whyNot());
            assertEquals(0, wrongBytes(layout, loaded.getFirst()));
            if (scheme.equals("shm")) {
                assertMapped(layout, prefills.sender().engine().kept().handle(loaded.getFirst()), loaded.getFirst().blockCount(), shm);
            }

            PatternFeed out = feed(prefills, layout, 2, prefills.sender().connect("127.0.0.1", last.port()), tokens);
            await("the handoff onwards", out, poll, () -> out.isDone() && atLast.requests() == 1);
            assertEquals(0, out.filled(), "the engine computed none of it");

            PatternFeed longer = feed(prefills, layout, 3, prefills.sender().connect("127.0.0.1", last.port()), longerTokens);
            await("a longer one", longer, poll, () -> longer.isDone() && atLast.requests() == 2);
            assertEquals(2, longer.filled(), "what is behind it");
            assertEquals(0, atLast.mismatches(), atLast::firstMismatch);
            assertEquals(map(layout, tokens).totalBytes() + map(layout, longerTokens).totalBytes(), atLast.bytes());
            assertEquals(BLOCKS, prefills.sender().counters().count(SenderCounters.Kind.POOL_BLOCKS_HELD), "the last one has them from the first time");

            // The other order, to a node that has none of it: parked with what was read before, and wanted.
            try (DecodeReceiver wanting = DecodeReceiver.launch(node("wanting", lastLayout, scheme, shm), receiving(lastLayout))) {
                VerifyingEngine atWanting = ReceiverCommand.verifyingEngine(wanting, PatternFeed.SEED);
                prefills.sender().connect("127.0.0.1", wanting.port());
                PatternFeed parked = new PatternFeed(prefills.sender().engine(), layout, 4, new int[] {longerTokens}, number -> HandoffSpec
                    .sourceFirst(PatternFeed.id(number), longerTokens).withBlockKeys(keys(longerTokens / blockTokens)), loaded.getFirst());
                Wanter wanter = new Wanter(wanting, atWanting, "forwarder", PatternFeed.id(4));
                await("the parked one", parked, () -> {
                    poll.run();
                    wanter.poll();
                    assertNull(wanting.runtime().failure());
                }, () -> parked.isDone() && atWanting.requests() == 1);
                assertEquals(2, parked.filled(), "what is behind it");
                assertEquals(2L * BLOCKS, prefills.sender().counters().count(SenderCounters.Kind.POOL_BLOCKS_HELD));
                assertEquals(0, atWanting.mismatches(), atWanting::firstMismatch);
                assertEquals(map(layout, longerTokens).totalBytes(), atWanting.bytes());
            }
        }
        assertTrue(memory.isEmpty(), memory::toString);
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** What came from a node with other shards lies in parts of images: it is read and decoded there, and not given on. */
    @Test
    void shouldComputeWhatNobodyCanGive() throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        ShardedLayout layout = layout(1);
        int tokens = BLOCKS * layout.layout().blockTokens();
        NodeService decodes = DecodeReceiver.service(receiving(layout));
        SenderService gives = new SenderService(sending(layout));
        SenderService origin = new SenderService(sending(layout(2)));
        try (NodeRuntime holder = NodeRuntime.launch(node("holder", layout, "tcp", shm), List.of(gives, decodes));
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout(2), "tcp", shm), List.of(origin));
            DecodeReceiver last = DecodeReceiver.launch(node("last", layout, "tcp", shm), receiving(layout))) {
            DecodeReceiver holding = DecodeReceiver.of(holder, decodes);
            VerifyingEngine atHolder = ReceiverCommand.verifyingEngine(holding, PatternFeed.SEED);
            VerifyingEngine atLast = ReceiverCommand.verifyingEngine(last, PatternFeed.SEED);
            Runnable poll = () -> {
                holding.poll(atHolder, 4);
                last.poll(atLast, 4);
                assertNull(holder.failure());
                assertNull(prefill.failure());
                assertNull(last.runtime().failure());
            };
            PatternFeed feed = feed(origin, layout(2), 1, origin.sender().connect("127.0.0.1", holder.port()), tokens);
            await("the first request", feed, poll, () -> feed.isDone() && atHolder.requests() == 1);
            gives.sender().engine().load(PrefixAsk.here(TENANT, keys(BLOCKS)));
            PatternFeed idle = new PatternFeed(gives.sender().engine(), layout, 0, new int[0]);
            idle.onLoaded(loaded::add);
            await("what is read", idle, poll, () -> !loaded.isEmpty());
            assertEquals(0, loaded.getFirst().blockCount());
            gives.sender().engine().release(loaded.getFirst());
            PatternFeed out = feed(gives, layout, 2, gives.sender().connect("127.0.0.1", last.port()), tokens);
            await("the handoff onwards", out, poll, () -> out.isDone() && atLast.requests() == 1);
            assertEquals(BLOCKS, out.filled(), "the engine computed all of it");
            assertEquals(0, atHolder.mismatches() + atLast.mismatches());
        }
        assertTrue(memory.isEmpty(), memory::toString);
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    private static ShardedLayout layout(int tp) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(32), Sharding.tensor(tp));
    }

    private static long wrongBytes(ShardedLayout layout, PrefixHere here) {
        CellMap map = map(layout, here.blockCount() * layout.layout().blockTokens());
        long wrong = 0;
        long bytes = 0;
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int block = map.block(cell);
            for (long at = 0; at < map.lengthBytes(cell);) {
                long piece = here.contiguousBytes(block, map.targetShard(cell), map.group(cell), at);
                wrong += KvPattern.mismatches(here.address(block, map.targetShard(cell), map.group(cell), at), map, cell, at, piece,
                    PatternSeed.ofBlock(PatternFeed.SEED, keys(BLOCKS), block, 0));
                bytes += piece;
                at += piece;
            }
        }
        assertEquals(map.totalBytes(), bytes);
        return wrong;
    }

    /** The same bytes, as an engine reads them that is a process of its own. */
    private void assertMapped(ShardedLayout layout, byte[] handle, int blockCount, Path directory) {
        CellMap map = map(layout, blockCount * layout.layout().blockTokens());
        try (StagingReader reader = new StagingReader(memory, directory)) {
            StagingReader.Prefix prefix = reader.read(handle);
            for (int cell = 0; cell < map.cellCount(); cell++) {
                int block = map.block(cell);
                for (long at = 0; at < map.lengthBytes(cell);) {
                    long piece = prefix.contiguousBytes(block, map.targetShard(cell), map.group(cell), at);
                    assertEquals(0, KvPattern.mismatches(prefix.address(block, map.targetShard(cell), map.group(cell), at), map, cell, at, piece,
                        PatternSeed.ofBlock(PatternFeed.SEED, keys(BLOCKS), block, 0)));
                    at += piece;
                }
            }
        }
    }

    private static CellMap map(ShardedLayout layout, int tokens) {
        return CellMap.ofTarget(ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding()), tokens, 0, 0, 4 << 20);
    }

    private static PatternFeed feed(SenderService from, ShardedLayout layout, int request, int peer, int tokens) {
        return new PatternFeed(from.sender().engine(), layout, request, new int[] {tokens},
            number -> HandoffSpec.destinationFirst(PatternFeed.id(number), peer, tokens).withBlockKeys(keys(tokens / layout.layout().blockTokens())));
    }

    private static void await(String what, PatternFeed feed, Runnable poll, BooleanSupplier isDone) {
        long startNs = System.nanoTime();
        while (!isDone.getAsBoolean()) {
            feed.step();
            poll.run();
            assertEquals("", feed.trouble());
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(15), "waited 15 s for " + what);
            Until.rest();
        }
    }

    private static SenderContext sending(ShardedLayout layout) {
        return new SenderContext().layout(layout).windowBytes(32L << 20).wholeBytes(32L << 20);
    }

    private static ReceiverContext receiving(ShardedLayout layout) {
        return new ReceiverContext().layout(layout).poolBytesPerShard(224L << 20).extentBytes(256 << 10).conclude();
    }

    private NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(memory)
            .conclude();
    }
}
