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

import dev.baton.kv.BlockKey;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * Models with sliding windows and with states: a prompt that was staged once goes to a second decode node, and its beginning to a third one that
 * fetches it, without the engine; every byte that any of them decodes from is the right one.
 */
@Timeout(90)
class HybridKeptEndToEndTest {
    private static final int EXTENT_BYTES = 256 << 10;
    private static final long TENANT = PatternFeed.id(0).tenant();

    @TempDir
    Path temporary;

    private final List<FetchEnd> fetched = new ArrayList<>();
    private int request;

    private static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(block, 5, 0, 9));
        }
        return keys;
    }

    /** A decode node whose engine reads every byte. */
    private record Decoder(DecodeReceiver receiver, VerifyingEngine engine, List<FetchEnd> fetched) implements DecodeListener {
        @Override
        public void onReady(ReadyHandoff handoff) {
            engine.onReady(handoff);
        }

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {
            throw new AssertionError("ended: " + handoff + " " + reason + " " + detail);
        }

        @Override
        public void onNotHere(HandoffId handoff, EndReason reason) {
            throw new AssertionError("not here: " + handoff);
        }

        @Override
        public void onFetched(FetchEnd end) {
            fetched.add(end);
        }
    }

    /** The last three columns: a longer prompt that begins alike, and what the engine fills of it; what is kept of both by then. */
    @ParameterizedTest(name = "{0} over {1}, tp {2} to {3}")
    @CsvSource({
        "gpt-oss-20b, shm, 1, 1, 32, 320, 453, 5, 14",
        "gpt-oss-20b, tcp, 2, 1, 32, 320, 453, 5, 14",
        "DeepSeek-V4-Flash, tcp, 1, 1, 256, 512, 768, 1, 3",
    })
    void shouldHandOnWhatTheLayerGroupsAgreeOn(String model, String scheme, int prefillTp, int decodeTp, int blockTokens, int tokens, int longer,
        int longerFilled, int kept) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        KvLayout layout = ModelShapes.layout(model).withBlockTokens(blockTokens);
        ShardedLayout source = new ShardedLayout(layout, Sharding.tensor(prefillTp));
        ShardedLayout target = new ShardedLayout(layout, Sharding.tensor(decodeTp));
        SenderService prefills = new SenderService(new SenderContext().layout(source).windowBytes(96L << 20).wholeBytes(32L << 20));
        try (DecodeReceiver first = receiver("first", target, scheme, shm);
            DecodeReceiver second = receiver("second", target, scheme, shm);
            DecodeReceiver third = receiver("third", target, scheme, shm);
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", source, scheme, shm), List.of(prefills))) {
            Decoder[] decoders = {decoder(first), decoder(second), decoder(third)};
            Runnable poll = () -> {
                for (Decoder decoder : decoders) {
                    decoder.receiver().poll(decoder, 4);
                    assertNull(decoder.receiver().runtime().failure());
                }
                assertNull(prefill.failure());
            };
            int[] peers = {prefills.sender().connect("127.0.0.1", first.port()), prefills.sender().connect("127.0.0.1", second.port()),
                prefills.sender().connect("127.0.0.1", third.port())};
            assertEquals(tokens / blockTokens, deliver(prefills, source, peers[0], tokens, poll));
            assertEquals(0, deliver(prefills, source, peers[1], tokens, poll), "the second has it without the engine");
            assertEquals(longerFilled, deliver(prefills, source, peers[1], longer, poll));

            String nodeId = third.connect(new HostPort("127.0.0.1", prefill.port())).get(20, TimeUnit.SECONDS);
            third.fetch(new FetchAsk(nodeId, new HandoffId(TENANT, 99, 1, 0), keys(kept + 1), 20_000));
            PatternFeed idle = new PatternFeed(prefills.sender().engine(), source, 0, new int[0]);
            await("a fetch", idle, poll, () -> !fetched.isEmpty());
            assertTrue(fetched.getFirst() instanceof FetchEnd.Landed landed && landed.tokens() == kept * blockTokens, () -> fetched.toString());
            assertEquals(1, deliver(prefills, source, peers[2], kept * blockTokens + 9, poll), "the end alone, behind what was fetched");

            await("all that was handed off", idle, poll, () -> decoders[0].engine().requests() + decoders[1].engine().requests() +
                decoders[2].engine().requests() == 4);
            for (Decoder decoder : decoders) {
                assertEquals(0, decoder.engine().mismatches(), decoder.engine()::firstMismatch);
            }
        }
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** Returns how many blocks the engine filled. */
    private int deliver(SenderService prefills, ShardedLayout source, int peer, int tokens, Runnable poll) {
        PatternFeed feed = new PatternFeed(prefills.sender().engine(), source, ++request, new int[] {tokens},
            number -> HandoffSpec.destinationFirst(PatternFeed.id(number), peer, tokens).withBlockKeys(keys(tokens / source.layout().blockTokens())));
        await("request " + request, feed, poll, feed::isDone);
        assertEquals("", feed.trouble());
        return feed.filled();
    }

    private static void await(String what, PatternFeed feed, Runnable poll, BooleanSupplier isDone) {
        long startNs = System.nanoTime();
        while (!isDone.getAsBoolean()) {
            feed.step();
            poll.run();
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), "waited 20 s for " + what);
            Until.rest();
        }
    }

    private Decoder decoder(DecodeReceiver receiver) {
        return new Decoder(receiver, ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED), fetched);
    }

    private static DecodeReceiver receiver(String name, ShardedLayout layout, String scheme, Path shm) {
        return DecodeReceiver.launch(node(name, layout, scheme, shm),
            new ReceiverContext().layout(layout).poolBytesPerShard(48L << 20).extentBytes(EXTENT_BYTES).conclude());
    }

    private static NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).conclude();
    }
}
