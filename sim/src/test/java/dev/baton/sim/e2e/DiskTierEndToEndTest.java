package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.Posix;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.TierSettings;
import dev.baton.receiver.core.TierLimits;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** A beginning that the pool has given up, or that another life of the receiver landed, comes from disk: it is not sent again, and its bytes are right. */
@Timeout(120)
class DiskTierEndToEndTest {
    private static final int BLOCK = 256;
    private static final int BLOCKS = 5;
    private static final int TOKENS = BLOCKS * BLOCK + 100;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(20);

    @TempDir
    Path temporary;

    @BeforeEach
    void requirePosix() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    /** Prompts of one family begin alike. */
    private static List<BlockKey> keys(int family) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            keys.add(new BlockKey(block, family, 0, 0));
        }
        return keys;
    }

    /** One life of both processes' nodes, over one directory of the tier. */
    private final class Pair implements AutoCloseable {
        final ShardedLayout source;
        final SenderService prefills;
        final DecodeReceiver decodes;
        final NodeRuntime prefill;
        final VerifyingEngine engine;
        final int peer;

        Pair(int prefillTp, int decodeTp, int extentBytes) throws Exception {
            this(prefillTp, decodeTp, extentBytes, "disk:" + temporary.resolve("tier"));
        }

        Pair(int prefillTp, int decodeTp, int extentBytes, String address) throws Exception {
            this(prefillTp, decodeTp, extentBytes, TierSettings.of(address, 512L << 20, WAIT_NS));
        }

        Pair(int prefillTp, int decodeTp, int extentBytes, TierSettings tier) throws Exception {
            source = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(prefillTp));
            ShardedLayout target = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(decodeTp));
            prefills = new SenderService(new SenderContext().layout(source).windowBytes(16L << 20).wholeBytes(16L << 20));
            decodes = DecodeReceiver.launch(node("decode", target), new ReceiverContext().layout(target)
                .poolBytesPerShard((64L << 20) / decodeTp).extentBytes(extentBytes).tier(tier).conclude());
            prefill = NodeRuntime.launch(node("prefill", source), List.of(prefills));
            engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            peer = prefills.sender().connect("127.0.0.1", decodes.port());
        }

        /** Handed off whole and compared; the bytes that were sent of it. */
        long handedOff(int request, int family) {
            long before = engine.requests();
            PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, request, new int[] {TOKENS},
                _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, TOKENS).withBlockKeys(keys(family)));
            await(feed, () -> feed.isDone() && engine.requests() > before);
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            // What waits to be stored pins nothing: the next one could take its memory before.
            awaitStored();
            return feed.bytes();
        }

        /** All that has landed lies on disk. */
        void awaitStored() {
            await(null, () -> tier("waiting") == 0);
        }

        double tier(String meter) {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            decodes.metrics().bindTo(registry);
            return registry.getMeters().stream().filter(each -> each.getId().getName().equals("baton.receiver.tier." + meter))
                .mapToDouble(each -> each.measure().iterator().next().getValue()).sum();
        }

        private void await(PatternFeed feedOrNull, BooleanSupplier done) {
            long startNs = System.nanoTime();
            while (!done.getAsBoolean()) {
                if (feedOrNull != null) {
                    feedOrNull.step();
                    assertEquals("", feedOrNull.trouble());
                }
                decodes.poll(engine, 4);
                assertNull(prefill.failure());
                assertNull(decodes.runtime().failure());
                assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(40), "waited 40 s");
                Until.rest();
            }
        }

        @Override
        public void close() {
            prefill.close();
            decodes.close();
        }
    }

    private NodeContext node(String name, ShardedLayout layout) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of("tcp")).sharedMemoryDir(temporary).conclude();
    }

    /**
     * Equal sharding, others at each end, and extents of which a block is several, one, a part, or lies across two: there the
     * last whole block shares its extent with the partial one and is not kept.
     */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 5", "1, 1, 8, 5", "2, 1, 4, 5", "1, 2, 4, 5", "1, 1, 16, 4", "1, 1, 12, 4"})
    void shouldFindOnDiskWhatThePoolGaveUp(int prefillTp, int decodeTp, int extentMib, int kept) throws Exception {
        try (Pair pair = new Pair(prefillTp, decodeTp, extentMib << 20)) {
            long whole = pair.handedOff(1, 1);
            assertEquals(TOKENS * BYTES_PER_TOKEN, whole);
            pair.handedOff(2, 2);
            pair.handedOff(3, 3);   // 64 MiB hold not even two of them

            assertEquals((TOKENS - kept * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(4, 1), "the beginning came from disk");
            assertTrue(pair.tier("loaded") >= 1);
        }
    }

    @Test
    void shouldFindOnDiskWhatAnotherLifeLanded() throws Exception {
        try (Pair pair = new Pair(1, 1, 1 << 20)) {
            pair.handedOff(1, 1);
            pair.handedOff(2, 2);
            pair.awaitStored();
        }
        try (Pair pair = new Pair(1, 1, 1 << 20)) {
            pair.await(null, () -> pair.tier("scanned") == 1000);
            assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(3, 2));
            assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(4, 1));
            assertEquals(TOKENS * BYTES_PER_TOKEN, pair.handedOff(5, 3));
            assertEquals(2 * BLOCKS, pair.tier("loaded"));
        }
    }

    /** A folder that both have mounted; neither knows of the other. */
    @Test
    void shouldFindInASharedFolderWhatAnotherNodeLanded() throws Exception {
        String shared = "file:" + Files.createDirectory(temporary.resolve("shared"));
        try (Pair one = new Pair(1, 1, 1 << 20, shared); Pair other = new Pair(1, 1, 1 << 20, shared)) {
            assertEquals(TOKENS * BYTES_PER_TOKEN, one.handedOff(1, 1));
            one.awaitStored();

            assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, other.handedOff(2, 1), "the beginning came from the folder");
            assertEquals(BLOCKS, other.tier("loaded"));
            assertEquals(TOKENS * BYTES_PER_TOKEN, other.handedOff(3, 2));
        }
    }

    /** What one life stored as it is the next one reads, and stores more encoded; the last one, which encodes nothing, reads what did not shrink. */
    @Test
    void shouldReadRecordsOfAnyCodecFromOneDirectory() throws Exception {
        List<String> here = List.of("disk:" + temporary.resolve("tier"));
        TierLimits limits = TierLimits.DEFAULT.withWaitNs(WAIT_NS);
        try (Pair pair = new Pair(1, 1, 1 << 20)) {
            pair.handedOff(1, 1);
            pair.awaitStored();
        }
        for (int life = 2; life < 4; life++) {
            try (Pair pair = new Pair(1, 1, 1 << 20, new TierSettings(here, 512L << 20, "lossless", limits))) {
                pair.await(null, () -> pair.tier("scanned") == 1000);
                for (int family = 1; family < life; family++) {
                    assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(10 * life + family, family));
                }
                pair.handedOff(life, life);
                pair.awaitStored();
            }
        }
    }

    /** One node's disk is new to the other; what both share is not, and goes to its disk on the way. */
    @Test
    void shouldLoadFromWhatIsSharedThroughTheDiskOfItsOwn() throws Exception {
        String shared = "file:" + Files.createDirectory(temporary.resolve("shared"));
        List<String> own = List.of("disk:" + temporary.resolve("tier"), shared);
        TierLimits limits = TierLimits.DEFAULT.withWaitNs(WAIT_NS);
        try (Pair other = new Pair(1, 1, 1 << 20, shared)) {
            other.handedOff(1, 1);
            other.awaitStored();
        }
        try (Pair pair = new Pair(1, 1, 1 << 20, new TierSettings(own, 512L << 20, "none", limits))) {
            pair.await(null, () -> pair.tier("scanned") == 1000);
            assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(2, 1), "from the folder");
        }
        try (Pair pair = new Pair(1, 1, 1 << 20)) {
            pair.await(null, () -> pair.tier("scanned") == 1000);
            assertEquals((TOKENS - BLOCKS * BLOCK) * BYTES_PER_TOKEN, pair.handedOff(3, 1), "from its own disk alone");
        }
    }

    /** Cut in another way, it is another record: nothing is read wrongly. */
    @Test
    void shouldNotTakeWhatWasCutInAnotherWay() throws Exception {
        try (Pair pair = new Pair(1, 1, 1 << 20)) {
            pair.handedOff(1, 1);
            pair.awaitStored();
        }
        try (Pair pair = new Pair(2, 2, 1 << 20)) {
            pair.await(null, () -> pair.tier("scanned") == 1000);
            assertEquals(TOKENS * BYTES_PER_TOKEN, pair.handedOff(2, 1));
            assertEquals(0, pair.tier("loaded"));
        }
    }
}
