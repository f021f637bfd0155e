package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.sim.report.ExitCode;

/** The daemons as an operator runs them, each a process of its own; this process is the prefill engine and the operator. */
@Timeout(90)
class DaemonSystemTest {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String MODEL = "Llama-3.2-1B";
    /** Of MODEL: 16 layers, key and value, 8 heads of 64 elements of 2 bytes. */
    private static final long TOKEN_BYTES = 32 << 10;
    private static final long POOL_BYTES = 64 << 20;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path shared;

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

    private BatonProcess receiver(String... more) throws IOException {
        return daemon("receiver", "--verify-pattern", "7", more);
    }

    private BatonProcess daemon(String command, String option, String value, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(command, option, value, "--listen", "127.0.0.1:0", "--model", MODEL, "--pool", "64MiB",
            "--shm-dir", shared.toString()));
        args.addAll(List.of(more));
        return BatonProcess.listening(folder, args.toArray(new String[0]));
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), args);
    }

    private int send(BatonProcess receiver, String... more) {
        List<String> args = new ArrayList<>(List.of("send", "--to", receiver.address(), "--shm-dir", shared.toString(), "--window", "32MiB",
            "--whole-staging", "32MiB", "--chunk-tokens", "256", "--json"));
        args.addAll(List.of(more));
        if (!args.contains("--tokens")) {
            args.addAll(List.of("--tokens", "512"));
        }
        return run(args.toArray(new String[0]));
    }

    @Test
    void shouldServeOnlyThoseWhoKnowItsSecret() throws Exception {
        String secret = secretFile("right", "the secret of this test");
        String other = secretFile("wrong", "another secret of this test");
        try (BatonProcess receiver = receiver("--secret-file", secret)) {
            assertEquals(ExitCode.DONE, send(receiver, "--model", MODEL, "--pattern", "7", "--secret-file", secret), err::toString);
            assertEquals(1, json().get("completed").asInt());

            assertEquals(ExitCode.FAILED, send(receiver, "--connect-seconds", "3", "--secret-file", other));
            assertTrue((out.toString() + err).contains("another secret"), () -> out + " " + err);
            assertEquals(ExitCode.FAILED, send(receiver, "--connect-seconds", "3"));
            assertTrue((out.toString() + err).contains("--secret-file"), () -> out + " " + err);
            assertEquals(ExitCode.FAILED, run("stats", "--to", receiver.address(), "--json"));
            assertTrue(err.toString().contains("--secret-file"), err::toString);

            assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address(), "--json", "--secret-file", secret), err::toString);
            JsonNode counters = json().get("control");
            assertTrue(counters.get("secrets.refused").asLong() >= 3, counters::toString);
            receiver.terminate();
        }
    }

    private String secretFile(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    private JsonNode json() throws IOException {
        assertEquals(1, out.toString().lines().count(), () -> out + " " + err);
        return new ObjectMapper().readTree(out.toString());
    }

    /** The receiver's share of its node's statistics, the pool checked to add up. */
    private JsonNode stats(BatonProcess node) throws IOException {
        assertEquals(ExitCode.DONE, run("stats", "--to", node.address(), "--json"), err::toString);
        JsonNode stats = json();
        JsonNode pool = stats.get("decode").get("pool");
        assertEquals(pool.get("totalExtents").asLong(), pool.get("freeExtents").asLong() + pool.get("ownedExtents").asLong() +
            pool.get("sealedExtents").asLong() + pool.get("quarantinedExtents").asLong(), pool::toString);
        assertEquals(POOL_BYTES, stats.get("pool").get("totalBytes").asLong());
        assertEquals(0, pool.get("quarantinedExtents").asLong());
        return stats;
    }

    /** The one pool of a node with both roles: each share and the whole add up, by state, and shares add up to the whole. */
    private JsonNode onePoolStats(BatonProcess node) throws IOException {
        JsonNode stats = stats(node);
        JsonNode pool = stats.get("pool");
        for (String state : List.of("totalBytes", "freeBytes", "ownedBytes", "sealedBytes", "evictableBytes", "quarantinedBytes")) {
            long shares = 0;
            for (String share : List.of("reservations", "window", "wholeStaging")) {
                shares += pool.get(share).get(state).asLong();
            }
            assertEquals(pool.get(state).asLong(), shares, () -> state + " " + pool);
        }
        for (JsonNode part : List.of(pool, pool.get("reservations"), pool.get("window"), pool.get("wholeStaging"))) {
            assertEquals(part.get("totalBytes").asLong(), part.get("freeBytes").asLong() + part.get("ownedBytes").asLong() +
                part.get("sealedBytes").asLong() + part.get("quarantinedBytes").asLong(), pool::toString);
        }
        assertEquals(POOL_BYTES / 8, pool.get("window").get("totalBytes").asLong());
        assertEquals(POOL_BYTES / 8, pool.get("wholeStaging").get("totalBytes").asLong());
        assertEquals(pool.get("reservations").get("totalBytes").asLong(), stats.get("decode").get("pool").get("totalBytes").asLong());
        return stats;
    }

    private long slabFileBytes(String incarnation) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(shared)) {
            for (Path file : files.filter(name -> name.getFileName().toString().matches("baton-0*" + incarnation + "-.*\\.slab")).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    /** Verified requests are freed when the engine's release is carried out, a moment after the outcome; so it is asked again. */
    private JsonNode statsWhenIdle(BatonProcess node) throws IOException {
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

    @Test
    void shouldDeliverOverEachTransportAddUpAndEndWell() throws Exception {
        try (BatonProcess receiver = receiver()) {
            int delivered = 0;
            for (String transport : List.of("shm", "tcp", "aeron")) {
                assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--requests", "3", "--model", MODEL, "--transport", transport),
                    () -> transport + ": " + out + err);
                assertEquals(3, json().get("completed").asInt());
                assertEquals(3 * TOKEN_BYTES * 512, json().get("bytes").asLong());
                delivered += 3;
            }
            JsonNode stats = statsWhenIdle(receiver);
            assertEquals(delivered, stats.get("counters").get("delivered").asInt());
            assertEquals(delivered * TOKEN_BYTES * 512, stats.get("landing").get("verifiedBytes").asLong());
            assertEquals(delivered, stats.get("reservations").get("released").asInt());

            assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address()));
            assertTrue(out.toString().contains("of which evictable"), out::toString);
            String incarnation = stats(receiver).get("incarnation").asText();
            Path driver = SHARED_MEMORY.resolve("baton-aeron-" + incarnation);
            assertTrue(Files.exists(driver), driver::toString);

            assertEquals(List.of(verified(delivered)), receiver.terminate());
            assertEquals(ExitCode.DONE, receiver.exitCode());
            assertTrue(Files.notExists(driver), driver::toString);
        }
    }

    @Test
    void shouldTellWrongBytes() throws Exception {
        try (BatonProcess receiver = receiver()) {
            assertEquals(ExitCode.DONE, send(receiver, "--pattern", "8", "--model", MODEL), err::toString);
            List<String> summary = receiver.terminate();

            assertEquals(ExitCode.FAILED, receiver.exitCode());
            assertEquals(1, summary.size(), summary::toString);
            assertTrue(summary.getFirst().matches("verified 1 requests, \\d+ bytes, [1-9]\\d* wrong bytes; first: .*"), summary::toString);
        }
    }

    @Test
    void shouldRefuseWhatCannotBeAndServeOn() throws Exception {
        try (BatonProcess receiver = receiver()) {
            assertEquals(ExitCode.FAILED, send(receiver, "--pattern", "7", "--model", MODEL, "--tokens", "8192"), err::toString);
            JsonNode tooLarge = json();
            assertEquals(1, tooLarge.get("rejected").asInt());
            assertTrue(tooLarge.get("firstTrouble").asText().contains(fact("capacityBytes", POOL_BYTES)), tooLarge::toString);
            assertTrue(tooLarge.get("firstTrouble").asText().contains(fact("neededBytes", 8192 * TOKEN_BYTES)), tooLarge::toString);

            assertEquals(ExitCode.FAILED, send(receiver, "--model", "Llama-3.1-8B", "--connect-seconds", "3"), err::toString);
            assertTrue((out.toString() + err).contains("model: Llama-3.1-8B here, Llama-3.2-1B there"), () -> out + " " + err);

            assertEquals(ExitCode.FAILED, send(receiver, "--model", MODEL, "--kv-cache-dtype", "fp8_e4m3", "--connect-seconds", "3"),
                err::toString);
            assertTrue((out.toString() + err).contains("dtype: fp8_e4m3 here, bf16 there"), () -> out + " " + err);
            assertEquals(ExitCode.USAGE, send(receiver, "--model", MODEL, "--kv-cache-dtype", "fp7"));
            assertTrue(err.toString().startsWith("baton: unknown element type: dtype=fp7, known: bf16"), err::toString);

            assertEquals(ExitCode.FAILED, run("receiver", "--listen", receiver.address(), "--model", MODEL, "--pool", "8MiB", "--shm-dir",
                shared.toString()));
            assertEquals(1, err.toString().lines().count(), err::toString);
            assertTrue(err.toString().startsWith("baton: port in use: endpoint=" + receiver.address()), err::toString);

            assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--model", MODEL), err::toString);
            statsWhenIdle(receiver);
            receiver.terminate();
            assertEquals(ExitCode.DONE, receiver.exitCode());
        }
    }

    @Test
    void shouldMoveKvOfTheTypeThatBothEndsName() throws Exception {
        try (BatonProcess receiver = receiver("--kv-cache-dtype", "fp8_e4m3")) {
            assertEquals(ExitCode.FAILED, send(receiver, "--pattern", "7", "--model", MODEL, "--connect-seconds", "3"), err::toString);
            assertTrue((out.toString() + err).contains("dtype: bf16 here, fp8_e4m3 there"), () -> out + " " + err);

            assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--model", MODEL, "--kv-cache-dtype", "fp8_e4m3"), err::toString);
            assertEquals(TOKEN_BYTES / 2 * 512, json().get("bytes").asLong());
            JsonNode stats = statsWhenIdle(receiver);
            assertEquals(0, stats.get("pool").get("reservedBytes").asLong());
            assertEquals(List.of("verified 1 requests, " + TOKEN_BYTES / 2 * 512 + " bytes, 0 wrong bytes"), receiver.terminate());
            assertEquals(ExitCode.DONE, receiver.exitCode());
        }
    }

    @Test
    void shouldOutliveGarbageAtItsPorts() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        try (BatonProcess receiver = receiver()) {
            List<Integer> udp = receiver.ports("udp");
            List<Integer> tcp = receiver.ports("tcp");
            assertTrue(udp.size() >= 1 && !tcp.isEmpty(), () -> "udp=" + udp + " tcp=" + tcp);
            for (int port : udp) {
                sendDatagrams(port, random);
            }
            for (int port : tcp) {
                sendStreams(port, random);
            }
            for (String transport : List.of("tcp", "aeron")) {
                assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--model", MODEL, "--transport", transport),
                    () -> transport + ": " + out + err);
            }
            assertTrue(statsWhenIdle(receiver).get("landing").get("badFrames").asLong() > 0, out::toString);
            receiver.terminate();
            assertEquals(ExitCode.DONE, receiver.exitCode());
            assertEquals("", receiver.errText());
        }
    }

    /** Noise, and noise behind the start of a frame of Aeron's: version, flags, type, a length that may be negative or huge. */
    private static void sendDatagrams(int port, Random random) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 300; i++) {
                byte[] noise = new byte[random.nextInt(i % 3 == 0 ? 40 : 9000)];
                random.nextBytes(noise);
                if (i % 2 == 0 && noise.length > 8) {
                    noise[4] = 0;
                    noise[5] = (byte) 0xC0;
                    noise[6] = (byte) (i / 2 % 8);
                    noise[7] = 0;
                }
                socket.send(new DatagramPacket(noise, noise.length, InetAddress.getLoopbackAddress(), port));
            }
        }
    }

    private static void sendStreams(int port, Random random) throws IOException {
        for (int i = 0; i < 20; i++) {
            byte[] noise = new byte[random.nextInt(1, i % 2 == 0 ? 64 : 64 << 10)];
            random.nextBytes(noise);
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
                socket.getOutputStream().write(noise);
            } catch (SocketException ex) {
                // Closed by the receiver at the first bad byte, as it may.
                assertTrue(ex.getMessage().matches(".*(reset|Broken pipe|closed).*"), ex::toString);
            }
        }
    }

    @Test
    void shouldRunBothRolesInOneProcess() throws Exception {
        try (BatonProcess receiver = receiver();
            BatonProcess node = daemon("node", "--roles", "prefill,decode", "--verify-pattern", "7", "--peers",
                receiver.address())) {
            assertEquals(ExitCode.DONE, send(node, "--pattern", "7", "--model", MODEL, "--requests", "2"), err::toString);
            JsonNode stats = onePoolStats(node);
            assertEquals(2, stats.get("decode").get("counters").get("delivered").asInt());
            assertEquals(0, stats.get("prefill").get("handoffs").asInt());
            assertEquals(POOL_BYTES, slabFileBytes(stats.get("incarnation").asText()), "one set of files for all shares");

            assertEquals(ExitCode.USAGE, run("node", "--model", MODEL, "--pool", "64MiB", "--window", "32MiB", "--whole-staging", "32MiB",
                "--shm-dir", shared.toString()));
            assertTrue(err.toString().contains("windowBytes=33554432 wholeStagingBytes=33554432"), err::toString);

            assertEquals(List.of(verified(2)), node.terminate());
            assertEquals(ExitCode.DONE, node.exitCode());
            receiver.terminate();
        }
    }

    @Test
    void shouldPrintOneJsonObjectForPrograms() throws Exception {
        Path config = Files.writeString(folder.resolve("node.yaml"), "roles: [decode]\nverify-pattern: 7\npool: 64MiB\n");
        List<BatonProcess> daemons = List.of(receiver("--json"), daemon("node", "--config", config.toString(), "--json"));
        try {
            for (BatonProcess daemon : daemons) {
                assertEquals(ExitCode.DONE, send(daemon, "--pattern", "7", "--model", MODEL), err::toString);
                assertEquals(1, json().get("completed").asInt());
                List<String> lines = daemon.terminate();
                assertEquals(1, lines.size(), lines::toString);
                JsonNode summary = new ObjectMapper().readTree(lines.getFirst());
                assertEquals(1, summary.get("requests").asInt());
                assertEquals(512 * TOKEN_BYTES, summary.get("verifiedBytes").asLong());
                assertEquals(0, summary.get("mismatches").asLong());
                assertEquals(ExitCode.DONE, daemon.exitCode());
            }
        } finally {
            for (BatonProcess daemon : daemons) {
                daemon.close();
            }
        }
    }

    @Test
    void shouldRefuseAtStartWhatCannotBe() throws IOException {
        assertEquals(ExitCode.USAGE, run("receiver", "--model", "Llama-3.2-2B"));
        assertTrue(err.toString().startsWith("baton: unknown model: model=Llama-3.2-2B; near: Llama-3.2-1B"), err::toString);

        String config = Files.writeString(folder.resolve("baton.yaml"), "pol: 4GiB\n").toString();
        assertEquals(ExitCode.USAGE, run("receiver", "--config", config));
        assertTrue(err.toString().startsWith("baton: unknown key: key=pol file=" + config + "; near: pool"), err::toString);

        assertEquals(ExitCode.USAGE, run("node", "--roles", "observer"));
        assertEquals(ExitCode.USAGE, run("node", "--roles", "decode", "--peers", "127.0.0.1:7400"));
        assertEquals(ExitCode.USAGE, run("receiver", "--listen", "0.0.0.0:0", "--shm-dir", shared.toString()));
        assertTrue(err.toString().contains("--insecure"), err::toString);
    }

    @Test
    void shouldSayWhatToCheckWhereNobodyListens() throws IOException {
        int port;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertEquals(ExitCode.FAILED, run("stats", "--to", "127.0.0.1:" + port, "--timeout-seconds", "1", "--json"));
        assertEquals("", out.toString());
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().contains("127.0.0.1:" + port) && err.toString().contains("baton receiver --listen"), err::toString);
    }

    @Test
    void shouldRefuseSharedMemoryThatIsTooSmall() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeTrue(mount("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.toString()), "skipped: not allowed to mount a tmpfs");
        try {
            Path directory = small.resolve("baton");
            assertEquals(ExitCode.NOT_POSSIBLE, run("receiver", "--model", MODEL, "--pool", "64MiB", "--shm-dir", directory.toString()));
            assertEquals(1, err.toString().lines().count(), err::toString);
            assertTrue(err.toString().contains(fact("neededBytes", POOL_BYTES)) && err.toString().contains("freeBytes="), err::toString);
            try (Stream<Path> files = Files.list(directory)) {
                assertEquals(List.of(), files.toList(), "left behind");
            }
        } finally {
            assertTrue(mount("umount", small.toString()), "unmounted");
        }
    }

    private static String fact(String name, long value) {
        return name + "=" + value;
    }

    private static String verified(int requests) {
        return "verified " + requests + " requests, " + requests * TOKEN_BYTES * 512 + " bytes, 0 wrong bytes";
    }

    private static boolean mount(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
