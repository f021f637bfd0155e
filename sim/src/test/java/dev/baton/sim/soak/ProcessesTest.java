package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.sim.Baton;
import dev.baton.sim.report.ExitCode;

/** Several processes of a test in a directory of shared memory of its own, and what their node {@code decode} says of itself. */
abstract class ProcessesTest {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    protected Path folder;

    protected Path shared;
    protected final List<BatonChild> children = new ArrayList<>();

    @BeforeEach
    void makeSharedDirectory() throws IOException {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "skipped: no /dev/shm");
        shared = Files.createTempDirectory(SHARED_MEMORY, "baton-test");
    }

    @AfterEach
    void endAll() throws IOException {
        for (BatonChild child : children) {
            child.close();
        }
        if (shared != null) {
            try (Stream<Path> files = Files.walk(shared)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    protected static JsonNode stats(String address) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(ExitCode.DONE, Baton.run(new PrintWriter(out), new PrintWriter(err), "stats", "--to", address,
            "--json"), err::toString);
        return new ObjectMapper().readTree(out.toString()).get("decode");
    }

    protected static long number(JsonNode stats, String group, String name) {
        return stats.get(group).get(name).asLong();
    }

    protected static long elapsedMs(long startNs) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    /** Something that is looked at again and again. */
    protected interface Check {
        boolean isSo() throws IOException;
    }

    protected interface StatsCheck {
        boolean isSo(JsonNode stats);
    }

    protected final void await(String what, String address, StatsCheck check) throws IOException {
        await(what, () -> check.isSo(stats(address)));
    }

    protected final void await(String what, Check check) throws IOException {
        long startNs = System.nanoTime();
        while (!check.isSo()) {
            if (System.nanoTime() - startNs > WITHIN_NS) {
                StringBuilder said = new StringBuilder("not within 60 s: " + what);
                for (BatonChild child : children) {
                    said.append('\n').append(child.tail());
                }
                throw new AssertionError(said.toString());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
