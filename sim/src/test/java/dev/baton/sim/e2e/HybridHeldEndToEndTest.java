package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/**
 * Requests of one conversation, for models with sliding windows and with states: what all layer groups agree on is not sent again, and
 * every byte that a request is decoded from is the right one, wherever it came from.
 */
@Timeout(90)
class HybridHeldEndToEndTest {
    private static final int EXTENT_BYTES = 256 << 10;

    @TempDir
    Path temporary;

    /** One chain: the same block has the same name in every request. */
    private static List<BlockKey> keys(int tokens, int blockTokens) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / blockTokens; block++) {
            keys.add(new BlockKey(block, 5, 0, 5));
        }
        return keys;
    }

    /**
     * A window of 128 tokens, four blocks of 32: it is there for the counts 10 (first request) and 11 (blocks 7 to 9 of the first, 10 of the
     * second); the fourth needs it of blocks 1 to 3, where it is not, until it has landed itself. In blocks of 256 tokens it lies in the partial one: of
     * what comes before, a prompt with as much behind it needs none, and one with less the last block's, which is sent.
     */
    @ParameterizedTest(name = "{0} over {1}, tp {2} to {3}")
    @CsvSource({
        "gpt-oss-20b, shm, 1, 1, 32, 320 453 384 160 165, 0 10 11 1 5",
        "gpt-oss-20b, tcp, 2, 1, 32, 320 453 384 160 165, 0 10 11 1 5",
        "gpt-oss-20b, tcp, 1, 1, 256, 968 918 868 868, 0 3 2 3",
        "gpt-oss-20b, aeron, 1, 2, 32, 320 453, 0 10",
        "DeepSeek-V4-Flash, tcp, 1, 1, 256, 512 1031 768 1000 700, 0 2 2 3 2",
        "DeepSeek-V4-Flash, shm, 1, 1, 256, 512 1031 768 1000, 0 2 2 3",
    })
    void shouldSendWhatTheLayerGroupsDoNotAgreeOn(String model, String scheme, int prefillTp, int decodeTp, int blockTokens, String prompts,
        String heldBlocks) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        KvLayout layout = ModelShapes.layout(model).withBlockTokens(blockTokens);
        ShardedLayout source = new ShardedLayout(layout, Sharding.tensor(prefillTp));
        ShardedLayout target = new ShardedLayout(layout, Sharding.tensor(decodeTp));
        ShardPairing pairing = ShardPairing.of(layout, source.sharding(), layout, target.sharding());
        int[] tokens = Arrays.stream(prompts.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
        int[] held = Arrays.stream(heldBlocks.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
        SenderService prefills = new SenderService(new SenderContext().layout(source).windowBytes(64L << 20).wholeBytes(32L << 20));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", target, scheme, shm),
                new ReceiverContext().layout(target).poolBytesPerShard(128L << 20).extentBytes(EXTENT_BYTES).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", source, scheme, shm), List.of(prefills))) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            long needed = 0;
            for (int i = 0; i < tokens.length; i++) {
                int request = i + 1;
                int[] one = {tokens[i]};
                PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, request, one,
                    _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, one[0]).withBlockKeys(keys(one[0], blockTokens)));
                long startNs = System.nanoTime();
                while (feed.trouble().isEmpty() && (!feed.isDone() || engine.requests() < request)) {
                    feed.step();
                    decodes.poll(engine, 4);
                    assertNull(prefill.failure());
                    assertNull(decodes.runtime().failure());
                    assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), () -> "waited 30 s: " + feed.trouble());
                    Until.rest();
                }
                assertEquals("", feed.trouble());
                assertEquals(bytes(pairing, one[0], held[i] * blockTokens), feed.bytes(), "sent of request " + request);
                needed += bytes(pairing, one[0], 0);
            }
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            assertEquals(needed, engine.bytes(), "every request was read whole, and nothing twice");
        }
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    private static long bytes(ShardPairing pairing, int tokens, int haveTokens) {
        return CellMap.ofTarget(pairing, tokens, 0, haveTokens, EXTENT_BYTES).totalBytes();
    }

    private static NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).conclude();
    }
}
