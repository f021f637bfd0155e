package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.AesGcm;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.ThreadAllocation;
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
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Once warm, moving a chunk allocates nothing, on any agent's thread of either end: two whole nodes in one process, real threads, real
 * lanes. One long request is granted; while its chunks flow, the bytes that every thread named {@code baton-} has allocated are read
 * at window bounds. Each window moves many times more bytes than staging holds, so its chunks went all the way and came free. What
 * loads classes or ends an optimisation early allocates now and then, whatever the code does: the quietest window counts, thread by
 * thread. One allocation a chunk would be in every window. Per-request costs are outside the windows, on purpose.
 */
@Timeout(240)
class QuietPathTest implements PrefillListener, DecodeListener {
    private static final int BLOCK_TOKENS = 16;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int WARM_UP_CHUNKS = 400;
    private static final int WINDOWS = 10;
    private static final int CHUNKS_PER_WINDOW = 200;
    private static final int REQUESTS_MAX = 5;
    private static final int STAGING_BYTES = 2 << 20;

    @TempDir
    Path temporary;

    private String outcome = "";
    private DecodeReceiver receiver;
    private boolean isGranted;

    @ParameterizedTest
    @CsvSource({"shm, false", "tcp, false", "aeron, false", "tcp, true", "aeron, true"})
    void shouldAllocateNothingPerChunkOnceWarm(String scheme, boolean isEncrypted) throws Exception {
        assumeTrue(!isEncrypted || AesGcm.availability().isPresent(), () -> AesGcm.availability().describe());
        MemoryLedger ledger = new MemoryLedger();
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 4, 4, 64, ElementType.BF16))), Sharding.SINGLE);
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        try (DecodeReceiver opened = DecodeReceiver.launch(node(layout, scheme, shm, ledger, isEncrypted),
                new ReceiverContext().layout(layout).poolBytesPerShard(192L << 20).conclude())) {
            receiver = opened;
            receiver.attach();
            SenderService service = new SenderService(new SenderContext().layout(layout).windowBytes(STAGING_BYTES));
            try (NodeRuntime sender = NodeRuntime.launch(node(layout, scheme, shm, ledger, isEncrypted), List.of(service))) {
                int peer = service.sender().connect("127.0.0.1", receiver.port());
                long[][] perWindow = stream(service.sender().engine(), peer, sender, 1);
                // Where the compiler is short of a processor it takes longer until code is warm; what is in every window stays.
                for (int request = 2; request <= REQUESTS_MAX && !isQuiet(perWindow); request++) {
                    perWindow = stream(service.sender().engine(), peer, sender, request);
                }
                for (int i = 0; i < threads().size(); i++) {
                    long[] windows = perWindow[i];
                    String name = threads().get(i).getName();
                    assertEquals(0, Arrays.stream(windows).min().orElseThrow(), () -> "bytes allocated by thread=" + name +
                        " in each window of " + CHUNKS_PER_WINDOW + " chunks: " + Arrays.toString(windows));
                }
            }
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        Files.deleteIfExists(shm);
    }

    private static boolean isQuiet(long[][] perWindow) {
        return Arrays.stream(perWindow).allMatch(windows -> Arrays.stream(windows).min().orElseThrow() == 0);
    }

    /** Bytes by thread and window, of one request. */
    private long[][] stream(PrefillEngine engine, int peer, NodeRuntime sender, int request) {
        isGranted = false;
        outcome = "";
        int chunks = WARM_UP_CHUNKS + WINDOWS * CHUNKS_PER_WINDOW;
        int tokens = chunks * BLOCK_TOKENS;
        long handoff = engine.begin(HandoffSpec.destinationFirst(new HandoffId(1, 7, request, 0), peer, tokens));
        assertTrue(handoff > 0, () -> "begin=" + handoff);
        await("the grant", engine, sender, () -> isGranted);
        List<Thread> threads = threads();
        assertTrue(threads.size() >= 4, threads::toString);
        long[][] perWindow = new long[threads.size()][WINDOWS];
        for (int chunk = 0; chunk < chunks; chunk++) {
            int window = (chunk - WARM_UP_CHUNKS) / CHUNKS_PER_WINDOW;
            if (chunk >= WARM_UP_CHUNKS && (chunk - WARM_UP_CHUNKS) % CHUNKS_PER_WINDOW == 0) {
                bound(threads, perWindow, window - 1, 1);
                bound(threads, perWindow, window, -1);
            }
            int block = chunk;
            await("staging for block " + block, engine, sender, () -> engine.stage(handoff, block) > 0);
            assertEquals(0, engine.chunkReady(handoff, (chunk + 1) * BLOCK_TOKENS));
        }
        bound(threads, perWindow, WINDOWS - 1, 1);
        await("the last chunk", engine, sender, () -> engine.finish(handoff, tokens, new byte[] {1}) == 0);
        await("the outcome", engine, sender, () -> !outcome.isEmpty());
        assertEquals("DELIVERED NONE", outcome);
        return perWindow;
    }

    /** At the start of a window the count is taken away, at its end it is added. */
    private static void bound(List<Thread> threads, long[][] perWindow, int window, int sign) {
        for (int i = 0; i < threads.size() && window >= 0; i++) {
            perWindow[i][window] += sign * ThreadAllocation.bytes(threads.get(i));
        }
    }

    /** Those of both nodes, in a stable order. */
    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("baton-"))
            .sorted(java.util.Comparator.comparingLong(Thread::threadId)).toList();
    }

    private NodeContext node(ShardedLayout layout, String scheme, Path shm, MemoryLedger ledger, boolean isEncrypted) {
        return new NodeContext().layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(ledger)
            .secret(isEncrypted ? SharedSecret.of(new byte[32]) : null).encrypting(isEncrypted).conclude();
    }

    private void await(String what, PrefillEngine engine, NodeRuntime sender, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            engine.poll(this, 16);
            receiver.poll(this, 4);
            assertNull(sender.failure());
            assertNull(receiver.runtime().failure());
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), () -> "waited 30 s for " + what + " " + outcome);
        }
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        assertTrue(receiver.take(handoff));
        receiver.release(handoff.handle());
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        outcome = "ended " + reason + " " + detail;
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        outcome = "not here " + reason;
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        assertEquals(CHUNK_BYTES, cells.lengthBytes(0));
        isGranted = true;
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        outcome = retryAfterMs == 0 ? "rejected reason=" + reasonCode + " " + detail : outcome;
    }

    @Override
    public void onLanded(long handoff) {}

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        outcome = kind + " " + reason;
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        outcome = "failed " + reason + " " + detail;
    }
}
