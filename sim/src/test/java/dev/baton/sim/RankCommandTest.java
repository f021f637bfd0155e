package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.transport.node.NodeContext;

/** {@code send --ranks}: several commands send each request together, and every byte of all of them is right. */
@Timeout(120)
class RankCommandTest {
    private static final long SEED = 7;

    @TempDir
    Path temporary;

    @Test
    void shouldDeliverRequestsOfTwoCommandsByTcp() throws Exception {
        deliver("tcp", 2, 2, 3, 700);
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldDeliverRequestsOfFourCommandsBySharedMemory() throws Exception {
        deliver("shm", 8, 4, 40, 1_300);
    }

    private void deliver(String transport, int tp, int rankCount, int requests, int tokens) throws Exception {
        ShardedLayout target = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.SINGLE);
        Path shared = Files.isWritable(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        NodeContext node = new NodeContext().layout(target.encode()).transports(List.of(transport)).sharedMemoryDir(shared).conclude();
        try (DecodeReceiver receiver = DecodeReceiver.launch(node, new ReceiverContext().layout(target).poolBytesPerShard(96L << 20)
            .conclude())) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(receiver, SEED);
            List<CompletableFuture<JsonNode>> ranks = new ArrayList<>();
            for (int rank = 0; rank < rankCount; rank++) {
                List<String> args = List.of("send", "--to", "127.0.0.1:" + receiver.port(), "--pattern", Long.toString(SEED), "--model",
                    "Llama-3.2-1B", "--tp", Integer.toString(tp), "--ranks", Integer.toString(rankCount), "--rank",
                    Integer.toString(rank), "--rank-dir", temporary.resolve("run").toString(), "--requests", Integer.toString(requests),
                    "--tokens", Integer.toString(tokens), "--transports", transport, "--shm-dir", shared.toString(), "--window", "32MiB",
                    "--whole-staging", "32MiB", "--node-id", "prefill-" + rank, "--connect-seconds", "60", "--json");
                ranks.add(CompletableFuture.supplyAsync(() -> sent(args), command -> Thread.ofPlatform().daemon().start(command)));
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(ranks.toArray(new CompletableFuture<?>[0]));
            long startNs = System.nanoTime();
            while (!all.isDone() || engine.requests() < requests) {
                receiver.poll(engine, 4);
                assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(100), "all ranks end");
                LockSupport.parkNanos(100_000);
            }
            long bytes = 0;
            for (CompletableFuture<JsonNode> rank : ranks) {
                assertEquals(requests, rank.get().get("completed").asInt(), rank.get()::toString);
                bytes += rank.get().get("bytes").asLong();
            }
            assertEquals(0, engine.mismatches(), engine.firstMismatch());
            assertEquals(engine.bytes(), bytes, "each byte was sent by one rank");
        }
        if (!shared.equals(temporary)) {
            Files.delete(shared);   // nothing was left there
        }
    }

    private static JsonNode sent(List<String> args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), args.toArray(new String[0]));
        assertEquals(0, code, () -> out + " " + err);
        try {
            return new ObjectMapper().readTree(out.toString());
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
