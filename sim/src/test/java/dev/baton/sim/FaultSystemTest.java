package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.sim.report.ExitCode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes that are killed and stopped while they hand over KV through shared memory: memory comes back on proof, none is lent twice,
 * and not one byte is wrong. Prints how long each recovery took.
 */
@Timeout(90)
class FaultSystemTest {
    private static final Path LAUNCHER = Path.of("..", "baton").toAbsolutePath().normalize();
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String MODEL = "Llama-3.2-1B";
    /** Silence alone would take 5 s. */
    private static final long TOLD_WITHIN_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(30);

    private final List<Process> processes = new ArrayList<>();
    private final TreeSet<String> driverDirectories = new TreeSet<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path shared;

    /** A receiver of the test, with the control address that it said. */
    private record Receiver(Process process, BufferedReader out, String address) {
        JsonNode summary() throws IOException, InterruptedException {
            process.toHandle().destroy();
            String line = out.readLine();
            assertNotNull(line, "a summary");
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "ends after SIGTERM");
            return new ObjectMapper().readTree(line);
        }
    }

    @BeforeEach
    void makeSharedDirectory() throws IOException {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "skipped: no /dev/shm");
        shared = Files.createTempDirectory(SHARED_MEMORY, "baton-test");
    }

    /** What a killed process leaves of its media driver is nobody's to remove but the test's. */
    @AfterEach
    void endAll() throws IOException {
        for (int i = 0; i < processes.size(); i++) {
            System.out.println("process " + i + " said: " + Files.readString(folder.resolve("err-" + i)));
            processes.get(i).destroyForcibly();
        }
        if (shared != null) {
            remove(shared);
        }
        for (String directory : driverDirectories) {
            remove(Path.of(directory));
        }
    }

    private static void remove(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private Process start(Path stdout, String... args) throws IOException {
        // The launcher becomes the JVM: signals reach it by the same process id.
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
            .redirectError(folder.resolve("err-" + processes.size()).toFile());
        if (stdout != null) {
            builder.redirectOutput(stdout.toFile());
        }
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private Receiver receiver(String listen) throws IOException {
        int index = processes.size();
        Process process = start(null, "receiver", "--node-id", "decode", "--verify-pattern", "7", "--listen", listen, "--model", MODEL,
            "--pool", "64MiB", "--shm-dir", shared.toString(), "--json");
        Path errors = folder.resolve("err-" + index);
        await("the receiver listens", () -> Files.readString(errors).lines().anyMatch(line -> line.startsWith("LISTENING ")));
        String line = Files.readString(errors).lines().filter(said -> said.startsWith("LISTENING ")).findFirst().orElseThrow();
        noteDriver(process);
        return new Receiver(process, process.inputReader(), line.split(" ", -1)[1]);
    }

    /** Sends until it is ended: 16 MiB a request, two at a time. */
    private Process endlessSender(Receiver receiver, String node, String transport) throws IOException {
        return start(folder.resolve("out-" + node), sendArgs(receiver, node, transport, 1_000_000, 2));
    }

    private String[] sendArgs(Receiver receiver, String node, String transport, int requests, int concurrency) {
        return new String[] {"send", "--to", receiver.address(), "--node-id", node, "--transport", transport, "--shm-dir", shared.toString(),
            "--window", "32MiB", "--whole-staging", "32MiB", "--chunk-tokens", "256", "--json", "--tokens", "512", "--pattern", "7",
            "--model", MODEL, "--requests", Integer.toString(requests), "--concurrency", Integer.toString(concurrency)};
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), args);
    }

    private JsonNode stats(Receiver receiver) throws IOException {
        assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address(), "--json"), err::toString);
        JsonNode stats = new ObjectMapper().readTree(out.toString()).get("decode");
        JsonNode pool = stats.get("pool");
        assertEquals(pool.get("totalExtents").asLong(), pool.get("freeExtents").asLong() + pool.get("ownedExtents").asLong() +
            pool.get("sealedExtents").asLong() + pool.get("quarantinedExtents").asLong(), pool::toString);
        return stats;
    }

    /** Something that is looked at again and again. */
    private interface Check {
        boolean isSo() throws IOException;
    }

    /** Returns nanoseconds until it was so. */
    private static long await(String what, Check check) throws IOException {
        long startNs = System.nanoTime();
        while (!check.isSo()) {
            assertTrue(System.nanoTime() - startNs < WITHIN_NS, () -> "not within 30 s: " + what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return System.nanoTime() - startNs;
    }

    private long awaitStats(String what, Receiver receiver, Predicate<JsonNode> isSo) throws IOException {
        return await(what, () -> isSo.test(stats(receiver)));
    }

    private static long number(JsonNode stats, String group, String name) {
        return stats.get(group).get(name).asLong();
    }

    private void signal(Process process, String signal) throws IOException, InterruptedException {
        noteDriver(process);
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertTrue(kill.waitFor(10, TimeUnit.SECONDS) && kill.exitValue() == 0, signal);
    }

    /** All that it had said may be enough to end well; then it goes on and is stopped again. */
    private void stopUntilQuarantined(Process sender, Receiver receiver) throws IOException, InterruptedException {
        boolean isQuarantined = false;
        while (!isQuarantined) {
            awaitStats("it is in the middle of sending", receiver, stats -> number(stats, "reservations", "receiving") > 0);
            signal(sender, "STOP");
            long elapsedNs = awaitStats("what it held is delivered or quarantined", receiver,
                stats -> number(stats, "pool", "ownedExtents") == 0 && (number(stats, "pool", "quarantinedExtents") > 0 ||
                    number(stats, "reservations", "live") == 0));
            isQuarantined = number(stats(receiver), "pool", "quarantinedExtents") > 0;
            if (isQuarantined) {
                tell("sender stopped -> quarantined", elapsedNs);
            } else {
                signal(sender, "CONT");
            }
        }
    }

    private void noteDriver(Process process) throws IOException {
        for (String row : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "maps"))) {
            int at = row.indexOf(SHARED_MEMORY + "/baton-aeron-");
            if (at >= 0) {
                driverDirectories.add(SHARED_MEMORY + "/" + row.substring(at).split("/", -1)[3]);
            }
        }
    }

    private static boolean saidAny(Path said, String... words) throws IOException {
        String text = Files.readString(said);
        return Stream.of(words).anyMatch(text::contains);
    }

    private static void tell(String what, long elapsedNs) {
        System.out.println(what + ": " + TimeUnit.NANOSECONDS.toMillis(elapsedNs) + " ms");
    }

    private void shouldServeAnother(Receiver receiver, int requests) {
        assertEquals(ExitCode.DONE, run(sendArgs(receiver, "another", "shm", requests, 2)), () -> out + " " + err);
    }

    @Test
    void shouldGetTheMemoryOfAKilledSenderBack() throws Exception {
        Receiver receiver = receiver("127.0.0.1:0");
        Process sender = endlessSender(receiver, "killed", "shm");
        awaitStats("it is in the middle of sending", receiver, stats -> number(stats, "counters", "delivered") > 3 &&
            number(stats, "reservations", "receiving") > 0);
        signal(sender, "KILL");
        long startNs = System.nanoTime();
        awaitStats("nothing of it is left", receiver, stats -> number(stats, "reservations", "live") == 0);
        tell("sender killed -> memory back", System.nanoTime() - startNs);
        JsonNode stats = stats(receiver);
        assertEquals(0, number(stats, "pool", "quarantinedExtents"));
        assertEquals(0, number(stats, "pool", "ownedExtents"));

        shouldServeAnother(receiver, 6);
        JsonNode summary = receiver.summary();
        assertEquals(0, summary.get("mismatches").asLong(), summary::toString);
        assertEquals(ExitCode.DONE, receiver.process().exitValue());
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldKeepTheMemoryOfAStoppedSenderFromOthersUntilItHasDrained() throws Exception {
        Receiver receiver = receiver("127.0.0.1:0");
        Process sender = endlessSender(receiver, "stopped", "shm");
        awaitStats("it is in the middle of sending", receiver, stats -> number(stats, "counters", "delivered") > 3);
        stopUntilQuarantined(sender, receiver);
        long quarantined = number(stats(receiver), "pool", "quarantinedExtents");

        shouldServeAnother(receiver, 12);
        assertEquals(quarantined, number(stats(receiver), "pool", "quarantinedExtents"));

        signal(sender, "CONT");
        tell("sender resumed -> memory back",
            awaitStats("it has drained", receiver, stats -> number(stats, "pool", "quarantinedExtents") == 0));
        assertTrue(sender.isAlive());
        shouldServeAnother(receiver, 2);
        signal(sender, "KILL");
        JsonNode summary = receiver.summary();
        assertEquals(0, summary.get("mismatches").asLong(), summary::toString);
        assertEquals(ExitCode.DONE, receiver.process().exitValue());
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldEndOnRequestThoughMemoryIsQuarantined() throws Exception {
        Receiver receiver = receiver("127.0.0.1:0");
        Process sender = endlessSender(receiver, "stopped", "shm");
        awaitStats("it is in the middle of sending", receiver, stats -> number(stats, "reservations", "receiving") > 0);
        stopUntilQuarantined(sender, receiver);
        JsonNode summary = receiver.summary();
        assertEquals(0, summary.get("mismatches").asLong(), summary::toString);
        assertEquals(ExitCode.DONE, receiver.process().exitValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shm", "tcp"})
    void shouldServeTheSameSenderAfterTheReceiverWasKilledAndStartedAgain(String transport) throws Exception {
        Receiver first = receiver("127.0.0.1:0");
        Path firstsDriver = Path.of(driverDirectories.first());
        assertTrue(Files.exists(firstsDriver));
        Process sender = endlessSender(first, "steady", transport);
        Path senderSaid = folder.resolve("err-" + (processes.size() - 1));
        // What waits for memory goes on waiting, and nothing is said of it: there must be something that has it.
        awaitStats("it is in the middle of sending", first,
            stats -> number(stats, "counters", "delivered") > 3 && number(stats, "reservations", "receiving") > 0);
        signal(first.process(), "KILL");
        assertTrue(first.process().waitFor(10, TimeUnit.SECONDS));
        long startNs = System.nanoTime();
        // What was not all sent has ended. What was is the receiver's to end, and the sender says that it waits for it.
        long toldNs = await("the sender is told", () -> saidAny(senderSaid, "handoff ended: ", " outcomesAwaited="));
        tell(transport + ": receiver killed -> sender told", toldNs);
        assertTrue(toldNs < TOLD_WITHIN_NS, () -> "toldNs=" + toldNs);
        Receiver second = receiver(first.address());
        long listensNs = System.nanoTime();
        awaitStats("the same sender hands over again", second, stats -> number(stats, "counters", "delivered") > 0);
        tell(transport + ": receiver restarted -> first good transfer, JVM start included", System.nanoTime() - startNs);
        tell(transport + ": receiver listens -> first good transfer", System.nanoTime() - listensNs);
        assertTrue(saidAny(senderSaid, "handoff ended: "), "the new incarnation ended what the sender waited for");
        assertTrue(sender.isAlive());
        assertFalse(Files.exists(firstsDriver), "its media driver's files are gone");
        try (Stream<Path> files = Files.list(shared)) {
            long locks = files.filter(file -> file.getFileName().toString().matches("baton-[0-9a-f]{16}\\.lock")).count();
            assertEquals(2, locks, "the sender's and the second receiver's: the dead one's files are gone");
        }
        signal(sender, "KILL");
        JsonNode summary = second.summary();
        assertEquals(0, summary.get("mismatches").asLong(), summary::toString);
        assertFalse(summary.get("requests").asLong() == 0);
    }
}
