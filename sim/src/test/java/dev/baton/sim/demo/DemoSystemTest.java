package dev.baton.sim.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.trace.SharedData;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole demos as a user starts them: a coordinator, senders and a receiver, each a process of its own, and every byte compared. */
@Timeout(120)
class DemoSystemTest {
    private static final Path LAUNCHER = Path.of("..", "baton").toAbsolutePath().normalize();
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final long DEADLINE_SECONDS = 110;
    private static final long STANDS_STILL_SECONDS = 3;
    private static final long SENT_BYTES = 8L << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private record Ended(long pid, int exitCode, String out, String err) {
        JsonNode json() throws IOException {
            assertEquals(1, out.lines().count(), () -> "one JSON object on standard output: " + out + err);
            return JSON.readTree(out);
        }
    }

    private Process start(File out, File err, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "demo"));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectOutput(out).redirectError(err);
        builder.environment().put("BATON_BUILD", "never");
        return builder.start();
    }

    private Ended demo(String... args) throws IOException, InterruptedException {
        File out = Files.createTempFile(folder, "out", ".txt").toFile();
        File err = Files.createTempFile(folder, "err", ".txt").toFile();
        Process process = start(out, err, args);
        try {
            assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), () -> "ends in time: " + String.join(" ", args));
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.pid(), process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    }

    /** Refused by the coordinator alone, before it starts a process or makes a file. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "gone.jsonl | - | no such trace: file=%s; check the path",
        "bad.jsonl | {\"timestamp\": 0, \"input_length\": -6, \"output_length\": 5, \"hash_ids\": [1]} | malformed trace: file=%s line=1: ",
        "cut.jsonl | {\"timestamp\": 0, \"input_length\": 6 | malformed trace: file=%s line=1: ",
        "bad.csv | TIMESTAMP,ContextTokens,GeneratedTokens;2023-11-16 18:17:03.9799600,many,44 | malformed trace: file=%s line=2: ",
    })
    void shouldNameTheTraceThatItCannotRead(String name, String text, String message) throws Exception {
        Path trace = folder.resolve(name);
        if (!text.equals("-")) {
            Files.writeString(trace, text.replace(';', '\n') + "\n");
        }
        Ended ended = demo("--trace", trace.toString(), "--json");

        assertEquals(ExitCode.USAGE, ended.exitCode(), ended::err);
        assertEquals("", ended.out());
        assertTrue(ended.err().startsWith("baton: " + String.format(message, trace)), ended::err);
        assertEquals(1, ended.err().lines().count(), ended::err);
    }

    private Ended small(String options) throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(List.of(options.split(" ")));
        args.addAll(List.of("--json", "--requests", "12", "--scale", "60"));
        return demo(args.toArray(String[]::new));
    }

    /** Between them: transports, both orders, an MLA model, unequal ranks both ways, both layouts. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {
        "--transport shm --order destination --model Llama-3.1-8B --prefill-tp 4 --decode-tp 2",
        "--transport tcp --order source --model DeepSeek-V3 --layout-decode HND",
        "--transport rdma-sim --order destination --model Llama-3.1-8B --prefill-tp 2 --decode-tp 2",
        "--transport aeron --order source --model Llama-3.1-8B --prefill-tp 2 --decode-tp 4 --layout-prefill HND",
    })
    void shouldDeliverEveryByteOfEveryRequest(String options) throws Exception {
        assertDelivers(options);
    }

    /** The other order of each transport, and a model with sliding windows. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {
        "--transport shm --order source --model gpt-oss-20b",
        "--transport tcp --order destination --model gpt-oss-20b --prefill-tp 2 --decode-tp 4",
        "--transport aeron --order destination --model DeepSeek-V3",
    })
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldDeliverEveryByteOfMoreKindsOfRequests(String options) throws Exception {
        assertDelivers(options);
    }

    private void assertDelivers(String options) throws Exception {
        Ended ended = small(options);

        JsonNode result = ended.json();
        assertEquals(0, ended.exitCode(), () -> result + ended.err());
        assertEquals(12, result.get("requests").asInt());
        assertEquals(12, result.get("completed").asInt());
        assertEquals(0, result.get("rejected").asInt());
        assertEquals(0, result.get("failed").asInt());
        assertEquals(0, result.get("mismatches").asLong());
        assertTrue(result.get("bytes").asLong() > 0);
        assertEquals(result.get("bytes").asLong(), result.get("verifiedBytes").asLong());
        assertTrue(result.get("tokens").asLong() >= 12);
        assertTrue(result.get("deadlock").isNull());
        assertTrue(result.get("bytesPerSecond").asDouble() > 0);
        assertTrue(result.get("cpuSecondsPerGb").asDouble() > 0);
        for (String timed : List.of("handoffMs", "admissionWaitMs")) {
            assertTrue(result.get(timed).get("p50").asDouble() <= result.get(timed).get("p99").asDouble(), result::toString);
        }
        List<String> words = List.of(options.split(" "));
        assertEquals(words.get(1), result.get("transport").asText());
        assertEquals(words.get(3), result.get("order").asText());
        assertTrue(result.get("model").asText().toLowerCase(Locale.ROOT).contains(words.get(5).toLowerCase(Locale.ROOT)));
        int nextAttempts = sum(result.get("reservations").get("nextAttempts"));
        int granted = result.get("reservations").get("granted").asInt();
        assertTrue(12 <= granted && granted <= 12 + nextAttempts, result::toString);
        assertTrue(result.get("pool").get("highWaterBytes").asLong() > 0);
        assertEquals(List.of(), leftInSharedMemory(ended.pid()));
    }

    private static int sum(JsonNode counts) {
        return counts.properties().stream().mapToInt(count -> count.getValue().asInt()).sum();
    }

    /** The negative control: what leaves is wrong by one byte and its CRC is right, so only the decode side's own comparison can tell. */
    @Test
    void shouldFailWhenOneByteIsNotWhatWasGenerated() throws Exception {
        Ended ended = small("--transport shm --flip-byte-of 3");

        JsonNode result = ended.json();
        assertEquals(1, ended.exitCode(), ended::err);
        assertEquals(1, result.get("mismatches").asLong());
        assertEquals(12, result.get("completed").asInt());
        assertTrue(result.get("firstMismatch").asText().startsWith("request=3 "), result::toString);
    }

    @Test
    void shouldCountRequestsThatCanNeverFitAsRejected() throws Exception {
        Ended ended = small("--transport shm --pool-mib 36");

        JsonNode result = ended.json();
        assertEquals(0, ended.exitCode(), () -> result + ended.err());
        assertTrue(result.get("rejected").asInt() > 0, result::toString);
        assertTrue(result.get("completed").asInt() > 0, result::toString);
        assertEquals(12, result.get("completed").asInt() + result.get("rejected").asInt());
        assertEquals(result.get("rejected").asInt(), result.get("reservations").get("reasons").get("request_too_big").asInt());
        assertEquals(result.get("bytes").asLong(), result.get("verifiedBytes").asLong());
    }

    @Test
    void shouldTellAPersonWhetherAllArrivedRight() throws Exception {
        Ended ended = demo("--requests", "4", "--scale", "200", "--senders", "1");

        assertEquals(0, ended.exitCode(), ended::err);
        assertTrue(ended.out().contains("tokens divided by 200"), ended::out);
        assertTrue(ended.out().strip().lines().toList().getLast().startsWith("All 4 requests arrived, right: "), ended::out);
        assertTrue(ended.err().contains(" of 4 requests, "), ended::err);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource("traces/mooncake/conversation_trace.jsonl")
    void shouldReplayAPublishedTrace(String name) throws Exception {
        Path trace = SharedData.folder().resolve(name).toAbsolutePath().normalize();
        assumeTrue(Files.exists(trace), () -> "no published traces here: file=" + trace + "; set BATON_DATA");

        Ended ended = demo("--json", "--requests", "10", "--scale", "100", "--trace", trace.toString());

        assertEquals(0, ended.exitCode(), ended::err);
        assertEquals(10, ended.json().get("completed").asInt());
    }

    /** A conversation that goes on: each request begins with all of the one before it. */
    @Test
    void shouldNotSendAgainWhatTheReceiverHolds() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int request = 1; request <= 20; request++) {
            String ids = IntStream.rangeClosed(1, request).mapToObj(String::valueOf).collect(Collectors.joining(","));
            lines.append("{\"timestamp\":0,\"input_length\":").append(request * 512).append(",\"output_length\":1,\"hash_ids\":[")
                .append(ids).append("]}\n");
        }
        Path trace = Files.writeString(folder.resolve("growing.jsonl"), lines);

        Ended ended = demo("--json", "--cache", "--trace", trace.toString(), "--model", "Llama-3.2-1B", "--scale", "8", "--senders", "1",
            "--pool-mib", "600");

        assertEquals(0, ended.exitCode(), ended::err);
        assertEquals(20, ended.json().get("completed").asInt());
        assertEquals(ended.json().get("bytes").asLong(), ended.json().get("verifiedBytes").asLong());
        assertTrue(ended.json().get("cache").get("heldTokens").asLong() > 0, ended::out);
        assertTrue(ended.json().get("cache").get("filledBytes").asLong() < ended.json().get("bytes").asLong(), ended::out);
        assertTrue(ended.json().get("cache").get("heldShare").asDouble() <= ended.json().get("cache").get("endlessShare").asDouble(),
            ended::out);
    }

    /** Every process is another one the second time; what the first run landed lies on disk. */
    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldFindOnDiskWhatAnEarlierDemoLanded() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int request = 0; request < 8; request++) {
            String ids = IntStream.range(100 * request, 100 * request + 8).mapToObj(String::valueOf).collect(Collectors.joining(","));
            lines.append("{\"timestamp\":0,\"input_length\":4196,\"output_length\":1,\"hash_ids\":[").append(ids).append(",").append(100 * request + 8)
                .append("]}\n");
        }
        Path trace = Files.writeString(folder.resolve("apart.jsonl"), lines);
        String[] args = {"--json", "--cache", "--trace", trace.toString(), "--model", "Llama-3.2-1B", "--scale", "8", "--senders", "1",
            "--pool-mib", "200", "--tier", "disk:" + folder.resolve("tier"), "--tier-space", "1GiB", "--tier-wait", "20000"};

        Ended first = demo(args);
        assertEquals(0, first.exitCode(), first::err);
        assertEquals(0, first.json().get("cache").get("heldTokens").asLong(), "nothing is shared within a run");
        Ended second = demo(args);

        assertEquals(0, second.exitCode(), second::err);
        assertEquals(8, second.json().get("completed").asInt());
        assertEquals(0, second.json().get("mismatches").asLong());
        assertEquals(second.json().get("bytes").asLong(), second.json().get("verifiedBytes").asLong());
        assertEquals(8 * 8 * 64, second.json().get("cache").get("heldTokens").asLong(), second::out);
        assertTrue(second.json().get("cache").get("tier").get("blocksLoaded").asLong() >= 8 * 8, second::out);
    }

    /** Only the receiver is ended, by its own id: the rest must notice, say so and leave nothing behind. */
    @Test
    void shouldSayWhichProcessEndedBeforeItsTime() throws Exception {
        File out = Files.createTempFile(folder, "out", ".txt").toFile();
        File err = Files.createTempFile(folder, "err", ".txt").toFile();
        Process process = start(out, err, "--requests", "40", "--transport", "tcp");
        try {
            ProcessHandle receiver = awaitChild(process, DemoReceiver.class.getName());
            List<ProcessHandle> children = process.descendants().toList();
            receiver.destroyForcibly();

            assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "ends in time");
            assertEquals(1, process.exitValue());
            assertTrue(Files.readString(err.toPath()).contains("baton: a process ended before its time: receiver pid=" + receiver.pid()),
                () -> err + " says which process");
            assertFalse(children.stream().anyMatch(ProcessHandle::isAlive), "no process is left");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(List.of(), leftInSharedMemory(process.pid()));
    }

    /** A sender that trusts nothing it held after that ends its handoffs, and its engine begins them once more. */
    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldDeliverAllWhenASenderStandsStillForAWhile() throws Exception {
        File out = Files.createTempFile(folder, "out", ".txt").toFile();
        File err = Files.createTempFile(folder, "err", ".txt").toFile();
        Process process = start(out, err, "--json", "--requests", "30", "--transport", "tcp", "--senders", "1");
        try {
            ProcessHandle sender = awaitChild(process, DemoSender.class.getName());
            awaitWork(sender);
            signal(sender, "STOP");
            assertFalse(process.waitFor(STANDS_STILL_SECONDS, TimeUnit.SECONDS), () -> "ended without its sender: " + err);
            signal(sender, "CONT");

            assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "ends in time");
        } finally {
            process.destroyForcibly();
        }
        JsonNode result = JSON.readTree(Files.readString(out.toPath()));
        assertEquals(30, result.get("completed").asInt(), result::toString);
        assertEquals(0, result.get("mismatches").asLong());
        assertTrue(sum(result.get("reservations").get("nextAttempts")) > 0, () -> "nothing ended for it: " + result);
    }

    /** So many bytes have left it that handoffs are under way; most are to come. Starting alone writes some KiB. */
    private static void awaitWork(ProcessHandle child) throws IOException {
        Path counts = Path.of("/proc", Long.toString(child.pid()), "io");
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Files.readAllLines(counts).stream().filter(line -> line.startsWith("wchar: ")).mapToLong(line -> Long.parseLong(line.substring(7)))
            .sum() < SENT_BYTES) {
            assertTrue(deadlineNs - System.nanoTime() > 0, "a sender has sent " + SENT_BYTES + " bytes within 60 s");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static void signal(ProcessHandle process, String name) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }

    /** Whole, while a handle's info ends after one page of memory, and the class path alone is longer. */
    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException ex) {
            return "";   // it has ended meanwhile
        }
    }

    private static ProcessHandle awaitChild(Process process, String main) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (deadlineNs - System.nanoTime() > 0) {
            for (ProcessHandle child : process.descendants().toList()) {
                if (commandLine(child).contains(main)) {
                    return child;
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no child process within 30 s: main=" + main);
    }

    /** What the demo with that process id has not removed; the launcher becomes the coordinator, so its id is the folder's. */
    private static List<Path> leftInSharedMemory(long pid) throws IOException {
        try (var paths = Files.list(SHARED_MEMORY)) {
            return paths.filter(path -> path.getFileName().toString().startsWith("baton-demo-" + pid + "-")).toList();
        }
    }
}
