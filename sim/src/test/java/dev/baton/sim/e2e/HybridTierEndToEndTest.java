package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardPairing;
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

/**
 * Of models with sliding windows and with states, what the pool has given up, or another life of the receiver landed, comes from disk: as
 * far as all layer groups agree it is not sent again, no more comes up than that, and every byte is right.
 */
@Timeout(120)
class HybridTierEndToEndTest {
    private static final int EXTENT_BYTES = 16 << 10;
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(20);

    @TempDir
    Path temporary;

    @BeforeEach
    void requirePosix() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    private static List<BlockKey> keys(int family, int tokens, int blockTokens) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / blockTokens; block++) {
            keys.add(new BlockKey(block, family, 0, 5));
        }
        return keys;
    }

    /** A model's groups with a quarter of their layers: as many blocks in a quarter of the time. */
    private static KvLayout quarter(String model, int blockTokens) {
        KvLayout whole = ModelShapes.layout(model);
        List<LayerGroup> groups = whole.groups().stream().map(of -> new LayerGroup(of.name(), of.kind(), of.elements(), Math.max(1, of.layers() / 4),
            of.kvHeads(), of.keyRowBytes(), of.valueRowBytes(), of.keyScaleBytes(), of.valueScaleBytes(), of.tokensPerSlot(), of.windowTokens())).toList();
        return new KvLayout(model, whole.order(), KvLayout.ALL_LAYERS, blockTokens, groups);
    }

    /** One life of both nodes, over one directory of the tier. */
    private final class Life implements AutoCloseable {
        final ShardedLayout source;
        final ShardPairing pairing;
        final SenderService prefills;
        final DecodeReceiver decodes;
        final NodeRuntime prefill;
        final VerifyingEngine engine;
        final int peer;
        long needed;

        Life(KvLayout layout, int prefillTp, int decodeTp, int poolKib, String codec) throws Exception {
            source = new ShardedLayout(layout, Sharding.tensor(prefillTp));
            ShardedLayout target = new ShardedLayout(layout, Sharding.tensor(decodeTp));
            pairing = ShardPairing.of(layout, source.sharding(), layout, target.sharding());
            prefills = new SenderService(new SenderContext().layout(source).windowBytes(16L << 20).wholeBytes(8L << 20));
            TierSettings tier = new TierSettings(List.of("disk:" + temporary.resolve("tier")), 512L << 20, codec, TierLimits.DEFAULT.withWaitNs(WAIT_NS));
            decodes = DecodeReceiver.launch(node("decode", target), new ReceiverContext().layout(target)
                .poolBytesPerShard(((long) poolKib << 10) / decodeTp).extentBytes(EXTENT_BYTES).tier(tier).conclude());
            prefill = NodeRuntime.launch(node("prefill", source), List.of(prefills));
            engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            peer = prefills.sender().connect("127.0.0.1", decodes.port());
            await(() -> tier("scanned") == 1000);
        }

        /** Handed off whole, compared, and what is new of it stored; the bytes that were sent. */
        long handedOff(int request, int family, int tokens) {
            PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, request, new int[] {tokens},
                _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, tokens)
                    .withBlockKeys(keys(family, tokens, source.layout().blockTokens())));
            long before = engine.requests();
            await(() -> {
                feed.step();
                assertEquals("", feed.trouble());
                return feed.isDone() && engine.requests() > before;
            });
            await(() -> tier("waiting") == 0);
            needed += bytes(tokens, 0);
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            assertEquals(needed, engine.bytes(), "every request was read whole, and nothing twice");
            return feed.bytes();
        }

        long bytes(int tokens, int haveTokens) {
            return CellMap.ofTarget(pairing, tokens, 0, haveTokens, EXTENT_BYTES).totalBytes();
        }

        double tier(String meter) {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            decodes.metrics().bindTo(registry);
            return registry.getMeters().stream().filter(each -> each.getId().getName().equals("baton.receiver.tier." + meter))
                .mapToDouble(each -> each.measure().iterator().next().getValue()).sum();
        }

        private void await(BooleanSupplier done) {
            long startNs = System.nanoTime();
            while (!done.getAsBoolean()) {
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

    /**
     * A step is {@code family:tokens=blocks held}, and behind a slash what comes up for it: each window's and each state's part of a block counts as one.
     * The pool holds little more than one of the long prompts. gpt-oss: a window of 128 tokens is eight blocks of 16; of the first prompt blocks
     * 2 to 9 went down, of the second of its family 6 to 13; what comes up is what the prompt's own window reaches back to. DeepSeek: a window of one block,
     * and two states, which are each prompt's own end and are not needed of another's.
     */
    @ParameterizedTest(name = "{0}, tp {1} to {2}, {5}")
    @CsvSource({
        "gpt-oss-20b, 2, 1, 16, 3584, none, 1:160=0 2:227=0 3:227=0 1:227=10, 1:192=11/18 1:80=0 3:250=14/21 2:165=2/2",
        "gpt-oss-20b, 1, 2, 16, 3584, none, 1:160=0 2:227=0 3:227=0 1:227=10, 1:192=11/18 1:80=0 3:250=14/21 2:165=2/2",
        "DeepSeek-V4-Flash, 1, 1, 128, 12288, lossless, 1:256=0 2:512=0 3:512=0 4:512=0 1:519=2, 1:384=2/2 2:600=4/5 3:512=3/3",
    })
    void shouldFindOnDiskWhatTheLayerGroupsAgreeOn(String model, int prefillTp, int decodeTp, int blockTokens, int poolKib, String codec,
        String firstLife, String secondLife) throws Exception {
        KvLayout layout = quarter(model, blockTokens);
        int request = 0;
        for (String steps : List.of(firstLife, secondLife)) {
            try (Life life = new Life(layout, prefillTp, decodeTp, poolKib, codec)) {
                for (String step : steps.split(" ", -1)) {
                    String[] words = step.split("[:=/]", -1);
                    int tokens = Integer.parseInt(words[1]);
                    int held = Integer.parseInt(words[2]);
                    double before = life.tier("loaded");
                    assertEquals(life.bytes(tokens, held * blockTokens), life.handedOff(++request, Integer.parseInt(words[0]), tokens), "sent of " + step);
                    double loaded = life.tier("loaded") - before;
                    assertTrue(held == 0 ? loaded == 0 : loaded > 0, "of " + step + " loaded=" + loaded);
                    if (words.length > 3) {
                        assertEquals(Integer.parseInt(words[3]), loaded, "loaded for " + step);
                    }
                }
            }
        }
    }

    private NodeContext node(String name, ShardedLayout layout) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of("tcp")).sharedMemoryDir(temporary).conclude();
    }
}
