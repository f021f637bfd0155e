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
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.baton.kv.BlockKey;
import dev.baton.kv.KeyChain;
import dev.baton.kv.KeyContext;
import dev.baton.kv.KeyHasher;
import dev.baton.kv.KeyNamespace;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.Posix;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.TierSettings;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** A document that was handed off in the middle of a prompt is found by its own tokens, byte for byte as it was computed there. */
@Timeout(60)
class PassageEndToEndTest {
    private static final int BLOCK = 32;
    private static final int BEFORE_BLOCKS = 2;
    private static final int DOCUMENT_BLOCKS = 3;

    @TempDir
    Path temporary;

    private record Reader(VerifyingEngine engine, List<Integer> named, List<PassageBlocks> found) implements ReadyOnly {
        @Override
        public void onPassageNamed(PassageAsk ask, int blockCount) {
            named.add(blockCount);
        }

        @Override
        public void onPassage(PassageBlocks blocks) {
            found.add(blocks);
        }
    }

    @Test
    void shouldFindADocumentOfAPromptByItsOwnTokens() throws Exception {
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(2));
        KeyHasher hasher = new KeyHasher(KeyNamespace.PUBLIC, new KeyContext(layout.layout(), "weights", "", ""));
        int[] prompt = IntStream.range(0, 7 * BLOCK + 5).map(token -> token * 31 + 7).toArray();
        List<BlockKey> keys = keys(hasher.newChain(BLOCK).append(prompt, 0, prompt.length));
        int[] document = IntStream.range(0, DOCUMENT_BLOCKS * BLOCK).map(token -> prompt[BEFORE_BLOCKS * BLOCK + token]).toArray();
        List<BlockKey> passage = keys(hasher.newPassage(BLOCK).append(document, 0, document.length));
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(4L << 20).wholeBytes(4L << 20));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout),
                new ReceiverContext().layout(layout).poolBytesPerShard(16L << 20).extentBytes(64 << 10).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout), List.of(prefills))) {
            Reader reader = new Reader(ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED), new ArrayList<>(), new ArrayList<>());
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            PatternFeed feed = new PatternFeed(prefills.sender().engine(), layout, 1, new int[] {prompt.length},
                _ -> HandoffSpec.destinationFirst(PatternFeed.id(1), peer, prompt.length).withBlockKeys(keys));
            await("the prompt", decodes, reader, () -> {
                feed.step();
                return feed.isDone() && reader.engine().requests() == 1;
            });
            assertEquals("", feed.trouble());
            long tenant = PatternFeed.id(1).tenant();
            decodes.namePassage(new PassageAsk(tenant, keys, BEFORE_BLOCKS, passage));
            decodes.findPassage(tenant, passage);
            decodes.findPassage(tenant + 1, passage);
            await("the passage", decodes, reader, () -> reader.found().size() == 2);

            assertEquals(List.of(DOCUMENT_BLOCKS), reader.named());
            PassageBlocks found = reader.found().getFirst();
            assertEquals(DOCUMENT_BLOCKS, found.count());
            assertEquals(BEFORE_BLOCKS, found.promptBlock(0));
            assertEquals(DOCUMENT_BLOCKS * BLOCK * 16L * 8 * 64 * 2 * 2, compare(found, keys));
            assertEquals(0, reader.found().getLast().count(), "another tenant's");
            decodes.releasePassage(found);
            assertNull(prefill.failure());
        }
    }

    /** What another life of the receiver landed and named lies on disk alone: links say which blocks of which prompt it is. */
    @Test
    void shouldFindItOnDiskInAnotherLife() throws Exception {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(2));
        ShardedLayout source = new ShardedLayout(layout.layout(), Sharding.SINGLE);
        List<BlockKey> keys = IntStream.range(0, 7).mapToObj(block -> new BlockKey(block, 3, 3, 3)).toList();
        List<BlockKey> passage = IntStream.range(0, DOCUMENT_BLOCKS).mapToObj(block -> new BlockKey(block, 4, 4, 4)).toList();
        long tenant = PatternFeed.id(1).tenant();
        SenderService prefills = new SenderService(new SenderContext().layout(source).windowBytes(4L << 20).wholeBytes(4L << 20));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout), overDisk(layout));
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", source), List.of(prefills))) {
            Reader reader = new Reader(ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED), new ArrayList<>(), new ArrayList<>());
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, 1, new int[] {7 * BLOCK + 5},
                _ -> HandoffSpec.destinationFirst(PatternFeed.id(1), peer, 7 * BLOCK + 5).withBlockKeys(keys));
            await("the prompt", decodes, reader, () -> {
                feed.step();
                return feed.isDone() && reader.engine().requests() == 1;
            });
            assertEquals("", feed.trouble());
            decodes.namePassage(new PassageAsk(tenant, keys, BEFORE_BLOCKS, passage));
            // A block is a mebibyte, half of it for each shard: eight slices each.
            await("all of it to lie below", decodes, reader, () -> records(decodes) == 7 * 2 * 8 + DOCUMENT_BLOCKS);
            assertNull(prefill.failure());
        }
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout), overDisk(layout))) {
            Reader reader = new Reader(ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED), new ArrayList<>(), new ArrayList<>());
            await("the directory to be indexed", decodes, reader, () -> records(decodes) == 7 * 2 * 8 + DOCUMENT_BLOCKS);
            decodes.findPassage(tenant, passage);
            decodes.findPassage(tenant + 1, passage);
            await("the passage", decodes, reader, () -> reader.found().size() == 2);

            PassageBlocks found = reader.found().stream().filter(each -> each.tenant() == tenant).findFirst().orElseThrow();
            assertEquals(DOCUMENT_BLOCKS, found.count());
            assertEquals(BEFORE_BLOCKS, found.promptBlock(0));
            assertEquals(DOCUMENT_BLOCKS * BLOCK * 16L * 8 * 64 * 2 * 2, compare(found, keys));
            assertEquals(DOCUMENT_BLOCKS, reader.found().stream().mapToInt(PassageBlocks::count).sum(), "another tenant's is none");
        }
    }

    private ReceiverContext overDisk(ShardedLayout layout) {
        return new ReceiverContext().layout(layout).poolBytesPerShard(16L << 20).extentBytes(64 << 10)
            .tier(TierSettings.of("disk:" + temporary.resolve("tier"), 512L << 20, TimeUnit.SECONDS.toNanos(20))).conclude();
    }

    private static long records(DecodeReceiver decodes) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        decodes.metrics().bindTo(registry);
        return (long) registry.get("baton.receiver.tier.records").gauge().value();
    }

    /** Bytes read, all of them right. */
    private static long compare(PassageBlocks found, List<BlockKey> promptKeys) {
        long bytes = 0;
        for (ReadyBlocks blocks : found.blocks()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                long seed = PatternSeed.ofBlock(PatternFeed.SEED, promptKeys, blocks.map().block(cell), 0);
                for (long at = 0; at < blocks.map().lengthBytes(cell); ) {
                    long piece = blocks.contiguousBytes(cell, at);
                    assertEquals(0, KvPattern.mismatches(blocks.address(cell, at), blocks.map(), cell, at, piece, seed), "cell=" + cell + " at=" + at);
                    at += piece;
                    bytes += piece;
                }
            }
        }
        return bytes;
    }

    private static List<BlockKey> keys(KeyChain chain) {
        return IntStream.range(0, chain.keyCount()).mapToObj(chain::key).toList();
    }

    private static void await(String what, DecodeReceiver decodes, DecodeListener listener, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            decodes.poll(listener, 4);
            assertNull(decodes.runtime().failure());
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), "waited 30 s for " + what);
            Until.rest();
        }
    }

    private NodeContext node(String name, ShardedLayout layout) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of("tcp")).sharedMemoryDir(temporary).conclude();
    }
}
