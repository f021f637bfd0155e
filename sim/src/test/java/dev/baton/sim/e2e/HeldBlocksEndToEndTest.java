package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.core.WriteRefusal;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** Requests that begin alike: the beginning is sent once, and every request is read whole with the right bytes. */
@Timeout(90)
class HeldBlocksEndToEndTest {
    private static final int BLOCK = 256;
    private static final int SMALL_BLOCK = 32;
    private static final int SHARED_BLOCKS = 5;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;

    @TempDir
    Path temporary;

    /** Shared blocks are named alike in all requests, the others after their request. */
    private static List<BlockKey> keys(int request, int tokens) {
        return keys(request, tokens, BLOCK);
    }

    private static List<BlockKey> keys(int request, int tokens, int blockTokens) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / blockTokens; block++) {
            keys.add(new BlockKey(block, 0, 0, block < SHARED_BLOCKS ? 0 : request));
        }
        return keys;
    }

    /** Over ways that write at the place itself and ways that land by frames; equal sharding, and another at each end; staged whole and parked. */
    @ParameterizedTest(name = "{0}, tp {1} to {2}, parked {3}")
    @CsvSource({"shm, 1, 1, false", "tcp, 1, 1, false", "shm, 1, 2, false", "tcp, 2, 1, false", "shm, 2, 1, true", "tcp, 1, 1, true"})
    void shouldSendASharedBeginningOnceAndShowEveryRequestWhole(String scheme, int prefillTp, int decodeTp, boolean isParked) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        ShardedLayout source = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(prefillTp));
        ShardedLayout target = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(decodeTp));
        SenderService prefills = new SenderService(new SenderContext().layout(source).windowBytes(16L << 20).wholeBytes(isParked ? 96L << 20 : 16L << 20));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", target, scheme, shm),
                new ReceiverContext().layout(target).poolBytesPerShard(96L << 20).extentBytes(256 << 10).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", source, scheme, shm), List.of(prefills))) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            int[] tokens = {SHARED_BLOCKS * BLOCK + 700, SHARED_BLOCKS * BLOCK + 1, SHARED_BLOCKS * BLOCK, SHARED_BLOCKS * BLOCK + 512};
            long sent = 0;
            long whole = 0;
            for (int i = 0; i < tokens.length; i++) {
                int request = i + 1;
                int[] one = {tokens[i]};
                PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, request, one,
                    _ -> (isParked ? HandoffSpec.sourceFirst(PatternFeed.id(request), one[0])
                        : HandoffSpec.destinationFirst(PatternFeed.id(request), peer, one[0])).withBlockKeys(keys(request, one[0])));
                Wanter wanter = new Wanter(decodes, engine, "prefill", PatternFeed.id(request));
                long startNs = System.nanoTime();
                while (feed.trouble().isEmpty() && (!feed.isDone() || engine.requests() < request)) {
                    feed.step();
                    if (isParked) {
                        wanter.poll();
                    } else {
                        decodes.poll(engine, 4);
                    }
                    assertNull(prefill.failure());
                    assertNull(decodes.runtime().failure());
                    assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), () -> "waited 30 s: " + feed.trouble());
                    Until.rest();
                }
                assertEquals("", feed.trouble());
                sent += feed.bytes();
                whole += one[0] * BYTES_PER_TOKEN;
            }
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            assertEquals(whole, engine.bytes(), "every request was read whole");
            // The third is the shared beginning and nothing else: its last block is sent though it lies here.
            long saved = (3L * SHARED_BLOCKS - 1) * BLOCK * BYTES_PER_TOKEN;
            assertEquals(whole - saved, sent);
        }
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** Compares what is ready, and writes what it may: blocks of the pattern, as an engine would that decoded them. */
    private record Writer(VerifyingEngine engine, DecodeReceiver receiver, ShardedLayout layout, List<Integer> written)
        implements ReadyOnly {
        @Override
        public void onWritable(WritableBlocks writable) {
            ReadyBlocks blocks = writable.blocks();
            CellMap map = blocks.map();
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment image = arena.allocate(map.lengthBytes(cell), 64);
                    KvPattern.fillImage(image.address(), layout.layout(), layout.sharding(), map.targetShard(cell), map.group(cell),
                        map.block(cell), map.tokensInBlock(cell), PatternSeed.ofBlock(PatternFeed.SEED, writable.ask().keys(), map.block(cell), 0));
                    for (long done = 0; done < image.byteSize(); ) {
                        long part = blocks.contiguousBytes(cell, done);
                        MemorySegment.copy(image, done, MemorySegment.ofAddress(blocks.address(cell, done)).reinterpret(part), 0, part);
                        done += part;
                    }
                }
            }
            receiver.seal(writable);
        }

        @Override
        public void onNotWritable(WriteAsk ask, WriteRefusal reason) {
            throw new AssertionError("not writable: " + reason);
        }

        @Override
        public void onWritten(long handle, int blockCount) {
            written.add(blockCount);
        }
    }

    /** A turn's answer is stored by the decode side; the next turn's prompt, which has it in it, is sent from behind it. */
    @Test
    void shouldNotSendTheAnswerThatTheDecodeSideStored() throws Exception {
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(SMALL_BLOCK), Sharding.tensor(2));
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(4L << 20).wholeBytes(4L << 20));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout, "tcp", temporary),
                new ReceiverContext().layout(layout).poolBytesPerShard(8L << 20).extentBytes(64 << 10).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout, "tcp", temporary), List.of(prefills))) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            Writer writer = new Writer(engine, decodes, layout, new ArrayList<>());
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            int prompt = 2 * SMALL_BLOCK;
            int[] sentTokens = {prompt + 30, 50};
            int[] tokens = {prompt + 30, 4 * SMALL_BLOCK + 50};
            for (int turn = 1; turn <= 2; turn++) {
                int request = turn;
                int[] one = {tokens[turn - 1]};
                PatternFeed feed = new PatternFeed(prefills.sender().engine(), layout, request, one,
                    _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, one[0]).withBlockKeys(keys(7, one[0], SMALL_BLOCK)));
                await("turn " + turn, decodes, writer, () -> {
                    feed.step();
                    return feed.isDone() && engine.requests() >= request;
                });
                assertEquals("", feed.trouble());
                assertEquals(sentTokens[turn - 1] * BYTES_PER_TOKEN, feed.bytes());
                if (turn == 1) {
                    decodes.write(new WriteAsk(PatternFeed.id(1).tenant(), keys(7, 4 * SMALL_BLOCK, SMALL_BLOCK), 2));
                    await("the answer stored", decodes, writer, () -> !writer.written().isEmpty());
                }
            }
            assertEquals(List.of(2), writer.written());
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            assertEquals((tokens[0] + tokens[1]) * BYTES_PER_TOKEN, engine.bytes());
            assertNull(prefill.failure());
        }
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

    private static NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).conclude();
    }
}
