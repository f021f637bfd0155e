package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.sim.report.ExitCode;

/** What daemons refuse, what they say then, and that they serve on. */
@Timeout(90)
class DaemonRefusalSystemTest extends DaemonHarness {
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

        assertEquals(ExitCode.USAGE, run("send", "--to", "127.0.0.1:7400,127.0.0.1:7400"));
        assertTrue(err.toString().contains("to must be each address once: to=[127.0.0.1:7400, 127.0.0.1:7400]"), err::toString);
        assertEquals(ExitCode.USAGE, run("send", "--to", "127.0.0.1:7400", "--to", "127.0.0.1:7401", "--gang-members", "127.0.0.1:7402"));
        assertTrue(err.toString().contains("to must be one address where there are --gang-members: to=["), err::toString);
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

    private static boolean mount(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
