package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.kv.SourceImages;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/** An attempt that is given up half-way leaves what had landed: the next one sends the rest, and is read whole and right. */
@Timeout(60)
class KeptAfterFailureTest implements PrefillListener {
    private static final ShardedLayout LAYOUT = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.SINGLE);
    private static final int BLOCK = LAYOUT.layout().blockTokens();
    private static final int BLOCKS = 5;
    private static final int SENT_FIRST = 3;
    private static final List<BlockKey> KEYS = IntStream.range(0, BLOCKS).mapToObj(block -> new BlockKey(block, 1, 2, 3)).toList();

    @TempDir
    Path temporary;

    private CellMap cells;
    private String end = "";

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void shouldSendTheRestOnlyAfterAnAttemptThatWasCancelled(String scheme) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        SenderService service = new SenderService(new SenderContext().layout(LAYOUT).windowBytes(64L << 20).wholeBytes(16L << 20));
        try (DecodeReceiver receiver = DecodeReceiver.launch(node("decode", scheme, shm),
                new ReceiverContext().layout(LAYOUT).poolBytesPerShard(48L << 20).extentBytes(256 << 10).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", scheme, shm), List.of(service))) {
            SimpleMeterRegistry meters = new SimpleMeterRegistry();
            receiver.metrics().bindTo(meters);
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(receiver, PatternFeed.SEED);
            PrefillEngine producer = service.sender().engine();
            int peer = service.sender().connect("127.0.0.1", receiver.port());

            long first = begin(producer, peer, 0);
            await("granted", producer, receiver, engine, () -> cells != null);
            fill(producer, first, 0, SENT_FIRST);
            producer.chunkReady(first, SENT_FIRST * BLOCK);
            long bytes = IntStream.range(0, cells.firstCellOfBlock(SENT_FIRST)).mapToLong(cells::lengthBytes).sum();
            await("verified", producer, receiver, engine, () -> count(meters, "baton.receiver.verified") == bytes);
            producer.cancel(first);
            await("ended, and memory back", producer, receiver, engine, () -> end.equals("failed CANCELLED") && isAllBack(receiver));
            assertEquals(SENT_FIRST, count(meters, "baton.receiver.blocks.kept"));

            cells = null;
            long second = begin(producer, peer, 1);
            await("granted again", producer, receiver, engine, () -> cells != null);
            assertEquals(SENT_FIRST, cells.firstBlock(), "these lie there");
            fill(producer, second, SENT_FIRST, BLOCKS);
            assertEquals(0, producer.finish(second, BLOCKS * BLOCK, null));
            await("delivered", producer, receiver, engine, () -> end.equals("DELIVERED NONE") && engine.requests() == 1);
            assertEquals(0, engine.mismatches(), engine::firstMismatch);
            assertEquals((long) BLOCKS * bytes / SENT_FIRST, engine.bytes(), "read whole");
            assertNull(prefill.failure());
        }
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    private static double count(SimpleMeterRegistry meters, String name) {
        return meters.get(name).functionCounters().stream().mapToDouble(FunctionCounter::count).sum();
    }

    private static boolean isAllBack(DecodeReceiver receiver) {
        ExtentTotals totals = receiver.ledger().extents().counts().totals();
        return totals.free() + totals.evictable() == totals.total();
    }

    private long begin(PrefillEngine producer, int peer, int attempt) {
        end = "";
        long handoff = producer.begin(HandoffSpec.destinationFirst(new HandoffId(1, 7, 1, attempt), peer, BLOCKS * BLOCK).withBlockKeys(KEYS));
        assertTrue(handoff > 0, "handoff=" + handoff);
        return handoff;
    }

    private static void fill(PrefillEngine producer, long handoff, int from, int end) {
        for (int block = from; block < end; block++) {
            long unit = producer.stage(handoff, block);
            assertTrue(unit > 0, "unit=" + unit);
            SourceImages images = producer.images(handoff);
            for (int image = 0; image < images.imageCount(block); image++) {
                KvPattern.fillImage(unit + images.imageOffset(block, image), LAYOUT.layout(), LAYOUT.sharding(), images.sourceShard(block, image),
                    images.group(block, image), block, BLOCK, PatternSeed.ofBlock(PatternFeed.SEED, KEYS, block, 0));
            }
        }
    }

    private void await(String what, PrefillEngine producer, DecodeReceiver receiver, VerifyingEngine engine, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            producer.poll(this, 16);
            receiver.poll(engine, 16);
            assertNull(receiver.runtime().failure());
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), () -> "waited for " + what + ": end=" + end);
            Until.rest();
        }
    }

    private static NodeContext node(String name, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(LAYOUT.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).conclude();
    }

    @Override
    public void onGranted(long handoff, CellMap granted) {
        cells = granted;
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        end = retryAfterMs > 0 ? end : "rejected " + detail;
    }

    @Override
    public void onLanded(long handoff) {}

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        end = kind + " " + reason;
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        end = "failed " + reason;
    }
}
