package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sim.report.ExitCode;

/** The benches run small: whether they move, check and tell; never how fast. */
@Timeout(120)
class BenchSystemTest {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Baton.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    private JsonNode json() throws IOException {
        assertEquals(1, out.toString().lines().count(), out::toString);
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldCompareHandoffsWithASecretAndWithout() throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "secret", "--transport", "tcp", "--rounds", "1", "--json"), err::toString);
        JsonNode json = json();
        assertEquals("bench secret", json.get("command").asText());
        assertEquals(6, json.get("handoffs").size(), "two sizes, three ways");
        for (JsonNode way : json.get("handoffs")) {
            assertTrue(way.get("bytesPerSecond").asDouble() > 0 && way.get("cpuSecondsPerGb").asDouble() > 0);
            assertTrue(way.get("ratio").asDouble() > 0);
        }
        assertTrue(json.get("aesGcm").size() >= 3, "Java's code, and OpenSSL's where it is there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shm", "tcp", "aeron", "aeron-ipc", "rdma-sim"})
    void shouldMoveAndCheckBytesBetweenTwoProcesses(String transport) throws IOException {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "skipped: no /dev/shm");
        try (SharedDirectory directory = new SharedDirectory()) {
            assertEquals(ExitCode.DONE, run("bench", "transport", "--transport", transport, "--sizes", "64KiB,1MiB", "--windows", "2",
                "--streams", "1,2", "--set", "8MiB", "--pairs", "2", "--seconds", "0.005", "--json", "--shared-memory-dir",
                directory.path().toString()), err::toString);
            assertEquals(List.of(), directory.files(), "left behind");
        }
        JsonNode json = json();
        assertEquals("bench transport", json.get("command").asText());
        assertEquals(0, json.get("mismatches").asInt());
        assertEquals(2, json.get("processes").asInt());
        assertTrue(json.get("checkedBytes").asLong() > 0);
        assertEquals(4, json.get("groups").size());
        for (JsonNode group : json.get("groups")) {
            assertEquals(transport, group.get("transport").asText());
            for (JsonNode trial : group.get("trials")) {
                assertTrue(trial.get("bytesPerSecond").get("median").asDouble() > 0, trial::toString);
                assertTrue(trial.get("cpuSecondsPerGb").asDouble() >= 0, trial::toString);
                assertTrue(trial.get("latencyUs").get("p99").asDouble() >= trial.get("latencyUs").get("p50").asDouble());
            }
            for (JsonNode ratio : group.get("ratios")) {
                assertTrue(ratio.get("low").asDouble() <= ratio.get("median").asDouble(), ratio::toString);
                assertTrue(ratio.get("median").asDouble() <= ratio.get("high").asDouble(), ratio::toString);
                assertEquals(2, ratio.get("pairs").asInt());
                assertTrue(ratio.has("over") && ratio.has("target") && ratio.has("isMet"), ratio::toString);
            }
        }
        assertTrue(err.toString().contains("machine: "), err::toString);
    }

    @Test
    void shouldPrintTablesForPeople() throws IOException {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "skipped: no /dev/shm");
        try (SharedDirectory directory = new SharedDirectory()) {
            assertEquals(ExitCode.DONE, run("bench", "transport", "--transport", "shm", "--sizes", "64KiB", "--set", "2MiB",
                "--pairs", "2", "--seconds", "0.005", "--shared-memory-dir", directory.path().toString()), err::toString);
        }
        assertTrue(out.toString().contains("bare copy+CRC | CRC"), out::toString);
        assertTrue(out.toString().contains("arrived right"), out::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--transport=rdmx", "--sizes=0", "--sizes=1000", "--windows=0", "--streams=99", "--pairs=0", "--seconds=-1", "--set=99GiB",
        "--driver=turbo", "--idle=sleep"
    })
    void shouldRefuseWhatCannotBeMeasured(String option) {
        assertEquals(ExitCode.USAGE, run("bench", "transport", option));
        assertEquals("", out.toString());
        String value = option.substring(option.indexOf('=') + 1).replace(".0", "");
        assertTrue(err.toString().contains(value) || option.startsWith("--seconds"), err::toString);
    }

    @Test
    void shouldSayWhichDirectoryHasNoSharedMemory(@TempDir Path empty) {
        assertFalse(run("bench", "transport", "--shared-memory-dir", empty.resolve("none").toString()) == ExitCode.DONE);
        assertTrue(err.toString().contains(empty.resolve("none").toString()), err::toString);
    }

    @Test
    void shouldCompileAndCarryOutPlans() throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "plan", "--model", "Llama-3.2-1B", "--tokens", "256", "--seconds", "0.002",
            "--json"), err::toString);
        JsonNode json = json();
        assertEquals(7, json.get("pairs").size());
        for (JsonNode pair : json.get("pairs")) {
            assertTrue(pair.get("segments").asInt() > 0, pair::toString);
            assertTrue(pair.get("segmentsPerSecond").asDouble() > 0, pair::toString);
            assertTrue(pair.get("copyBytesPerSecond").asDouble() > 0, pair::toString);
        }
        assertEquals(1, json.get("pairs").get(0).get("segments").asInt(), "one layout, one pool: one copy");

        assertEquals(ExitCode.USAGE, run("bench", "plan", "--model", "no such model"));
        assertEquals(ExitCode.USAGE, run("bench", "plan", "--tokens", "100"));
    }

    @Test
    void shouldMeasureAdmissionBesideItsTargets() throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "admission", "--seconds", "0.01", "--json"), err::toString);
        JsonNode measures = json().get("measures");
        assertEquals(5, measures.size());
        for (JsonNode measure : measures) {
            assertTrue(measure.get("value").asDouble() > 0, measure::toString);
            boolean isBookkeeping = measure.get("name").asText().endsWith("BookkeepingBytes");
            assertTrue(!isBookkeeping || measure.get("isMet").asBoolean(), measure::toString);
        }
        assertEquals(ExitCode.USAGE, run("bench", "admission", "--seconds", "0"));
    }

    /** A directory in shared memory for one test, which must be empty when it ends. */
    private static final class SharedDirectory implements AutoCloseable {
        private final Path path;

        SharedDirectory() throws IOException {
            path = Files.createTempDirectory(SHARED_MEMORY, "baton-test");
        }

        Path path() {
            return path;
        }

        List<Path> files() throws IOException {
            try (Stream<Path> files = Files.list(path)) {
                return files.toList();
            }
        }

        @Override
        public void close() throws IOException {
            Files.delete(path);
        }
    }
}
