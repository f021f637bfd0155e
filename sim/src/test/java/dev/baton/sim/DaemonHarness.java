package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.sim.report.ExitCode;

/** What tests of daemons share: a directory in shared memory that must be empty at the end, commands run in this process, statistics. */
abstract class DaemonHarness {
    static final Path SHARED_MEMORY = Path.of("/dev/shm");
    static final String MODEL = "Llama-3.2-1B";
    /** Of MODEL: 16 layers, key and value, 8 heads of 64 elements of 2 bytes. */
    static final long TOKEN_BYTES = 32 << 10;
    static final long POOL_BYTES = 64 << 20;

    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    Path shared;

    @BeforeEach
    void makeSharedDirectory() throws IOException {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "skipped: no /dev/shm");
        shared = Files.createTempDirectory(SHARED_MEMORY, "baton-test");
    }

    @AfterEach
    void shouldLeaveNothingInSharedMemory() throws IOException {
        if (shared != null) {
            try (Stream<Path> files = Files.list(shared)) {
                assertEquals(List.of(), files.toList(), "left behind");
            }
            Files.delete(shared);
        }
    }

    BatonProcess receiver(String... more) throws IOException {
        return daemon("receiver", "--verify-pattern", "7", more);
    }

    BatonProcess daemon(String command, String option, String value, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(command, option, value, "--listen", "127.0.0.1:0", "--model", MODEL, "--pool", "64MiB",
            "--shm-dir", shared.toString()));
        args.addAll(List.of(more));
        return BatonProcess.listening(folder, args.toArray(new String[0]));
    }

    int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), args);
    }

    int send(BatonProcess receiver, String... more) {
        List<String> args = new ArrayList<>(List.of("send", "--to", receiver.address(), "--shm-dir", shared.toString(), "--window", "32MiB",
            "--whole-staging", "32MiB", "--chunk-tokens", "256", "--json"));
        args.addAll(List.of(more));
        if (!args.contains("--tokens")) {
            args.addAll(List.of("--tokens", "512"));
        }
        return run(args.toArray(new String[0]));
    }

    JsonNode json() throws IOException {
        assertEquals(1, out.toString().lines().count(), () -> out + " " + err);
        return new ObjectMapper().readTree(out.toString());
    }

    /** The receiver's share of its node's statistics, the pool checked to add up. */
    JsonNode stats(BatonProcess node) throws IOException {
        assertEquals(ExitCode.DONE, run("stats", "--to", node.address(), "--json"), err::toString);
        JsonNode stats = json();
        JsonNode pool = stats.get("decode").get("pool");
        assertEquals(pool.get("totalExtents").asLong(), pool.get("freeExtents").asLong() + pool.get("ownedExtents").asLong() +
            pool.get("sealedExtents").asLong() + pool.get("quarantinedExtents").asLong(), pool::toString);
        assertEquals(POOL_BYTES, stats.get("pool").get("totalBytes").asLong());
        assertEquals(0, pool.get("quarantinedExtents").asLong());
        return stats;
    }

    /** Verified requests are freed when the engine's release is carried out, a moment after the outcome; so it is asked again. */
    JsonNode statsWhenIdle(BatonProcess node) throws IOException {
        long startNs = System.nanoTime();
        JsonNode stats;
        do {
            stats = stats(node).get("decode");
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), stats::toString);
        } while (stats.get("reservations").get("live").asInt() > 0);
        JsonNode pool = stats.get("pool");
        assertEquals(pool.get("totalExtents").asInt(), pool.get("freeExtents").asInt() + pool.get("evictableExtents").asInt());
        return stats;
    }
}
