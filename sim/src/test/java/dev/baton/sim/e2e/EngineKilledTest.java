package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.CellMap;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
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

/** Engines that are processes of their own are killed: both ends of their handoffs are told why, and all memory comes back. */
@Timeout(60)
class EngineKilledTest implements PrefillListener, DecodeListener {
    private static final ShardedLayout LAYOUT = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.SINGLE);
    private static final int TOKENS = 512;
    /** From the kill to the last word and extent: a look is due every 50 ms, and nothing else is waited for. */
    private static final long BOUND_MS = 3_000;

    @TempDir
    Path folder;

    private final Map<Long, String> ends = new HashMap<>();
    private final List<ReadyHandoff> ready = new ArrayList<>();
    private final List<String> decodeEnds = new ArrayList<>();
    private int granted;
    private Process child;

    @AfterEach
    void endChild() {
        if (child != null) {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldFreeWhatADecodeEngineHeldAndTellBothEnds() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: no process locks here");
        Path lock = folder.resolve("decode.lock");
        try (DecodeReceiver receiver = receiver()) {
            receiver.attach(lock);
            start(lock);
            SenderService service = new SenderService(new SenderContext().layout(LAYOUT));
            try (NodeRuntime node = NodeRuntime.launch(node(), List.of(service))) {
                PrefillEngine engine = service.sender().engine();
                int peer = service.sender().connect("127.0.0.1", receiver.port());
                long taken = begin(engine, peer, 1);
                prefill(engine, taken, receiver, 1);
                long waiting = begin(engine, peer, 2);
                prefill(engine, waiting, receiver, 2);
                long half = begin(engine, peer, 3);
                await("granted", receiver, engine, () -> granted == 3);
                assertTrue(receiver.take(ready.getFirst()));
                await("delivered", receiver, engine, () -> ends.containsKey(taken));
                assertTrue(totals(receiver).free() < totals(receiver).total());

                long startNs = System.nanoTime();
                child.destroyForcibly();
                await("all told, and all memory back", receiver, engine, () -> ends.size() == 3 && isAllBack(receiver));
                long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                System.out.println("decode engine killed: all told and memory back after ms=" + tookMs);

                assertTrue(tookMs < BOUND_MS, "tookMs=" + tookMs);
                assertEquals("DELIVERED NONE", ends.get(taken));
                assertEquals("ABORTED ENGINE_LOST", ends.get(waiting));
                assertEquals("failed ENGINE_LOST", ends.get(half));
                assertEquals(List.of("2 ENGINE_LOST", "3 ENGINE_LOST"), decodeEnds.stream().sorted().toList());
                long refused = begin(engine, peer, 4);
                await("refused", receiver, engine, () -> ends.containsKey(refused));
                assertEquals("rejected NO_ENGINE", ends.get(refused));
                assertNull(node.failure());
            }
        }
        assertTrue(Files.notExists(lock));
    }

    @Test
    void shouldEndWhatAPrefillEngineHadNotPrefilledAndTellBothEnds() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: no process locks here");
        Path lock = folder.resolve("prefill.lock");
        try (DecodeReceiver receiver = receiver()) {
            receiver.attach();
            SenderService service = new SenderService(new SenderContext().layout(LAYOUT));
            try (NodeRuntime node = NodeRuntime.launch(node(), List.of(service))) {
                service.sender().watchEngine(lock);
                start(lock);
                PrefillEngine engine = service.sender().engine();
                int peer = service.sender().connect("127.0.0.1", receiver.port());
                long half = begin(engine, peer, 1);
                await("granted", receiver, engine, () -> granted == 1);
                assertTrue(engine.stage(half, 0) > 0);
                engine.chunkReady(half, LAYOUT.layout().blockTokens());
                // A look is due every 50 ms: by then it was seen.
                long seenNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
                await("some time", receiver, engine, () -> System.nanoTime() - seenNs > 0);

                long startNs = System.nanoTime();
                child.destroyForcibly();
                await("both told, and all memory back", receiver, engine,
                    () -> ends.containsKey(half) && !decodeEnds.isEmpty() && isAllBack(receiver));
                long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                System.out.println("prefill engine killed: both told and memory back after ms=" + tookMs);

                assertTrue(tookMs < BOUND_MS, "tookMs=" + tookMs);
                assertEquals("failed ENGINE_LOST", ends.get(half));
                assertEquals(List.of("1 ENGINE_LOST"), decodeEnds);
                assertNull(node.failure());
            }
        }
    }

    private static DecodeReceiver receiver() {
        return DecodeReceiver.launch(node(), new ReceiverContext().layout(LAYOUT).poolBytesPerShard(48L << 20).conclude());
    }

    private static NodeContext node() {
        return new NodeContext().layout(LAYOUT.encode()).transports(List.of("tcp")).conclude();
    }

    private static ExtentTotals totals(DecodeReceiver receiver) {
        return receiver.ledger().extents().counts().totals();
    }

    private static boolean isAllBack(DecodeReceiver receiver) {
        ExtentTotals totals = totals(receiver);
        return totals.free() + totals.evictable() == totals.total();
    }

    private void start(Path lock) throws IOException {
        child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
            "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            EngineMain.class.getName(), lock.toString()).redirectErrorStream(true).start();
        BufferedReader lines = child.inputReader();
        assertEquals("HOLDING", lines.readLine());
    }

    private static long begin(PrefillEngine engine, int peer, int request) {
        long handoff = engine.begin(HandoffSpec.destinationFirst(new HandoffId(1, 9, request, 0), peer, TOKENS).withDeadlineMs(20_000));
        assertTrue(handoff > 0, "handoff=" + handoff);
        return handoff;
    }

    /** Until the decode side has so many that are ready. */
    private void prefill(PrefillEngine engine, long handoff, DecodeReceiver receiver, int readyCount) {
        int before = granted;
        await("granted", receiver, engine, () -> granted > before || engine.images(handoff) != null);
        for (int block = 0; block * LAYOUT.layout().blockTokens() < TOKENS; block++) {
            assertTrue(engine.stage(handoff, block) >= 0);
        }
        assertEquals(0, engine.finish(handoff, TOKENS, null));
        await("ready", receiver, engine, () -> ready.size() == readyCount);
    }

    private void await(String what, DecodeReceiver receiver, PrefillEngine engine, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            engine.poll(this, 16);
            receiver.poll(this, 16);
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), () -> "waited for " + what + ": " + ends + " " +
                decodeEnds);
            Until.rest();
        }
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        granted++;
    }

    /** Refused for now: it is asked again until an engine is there, so it is not wanted any more. */
    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        if (!decodeEnds.isEmpty()) {
            ends.put(handoff, "rejected " + RejectReason.of(reasonCode));
        }
    }

    @Override
    public void onLanded(long handoff) {}

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        ends.put(handoff, kind + " " + reason);
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        ends.put(handoff, "failed " + reason);
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        ready.add(handoff);
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        decodeEnds.add(handoff.requestLow() + " " + reason);
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {}
}
