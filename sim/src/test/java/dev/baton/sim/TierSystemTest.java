package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.platform.Posix;
import dev.baton.sim.report.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands about tiers: what they tell is so, and what they end with says whether all is right. */
@Timeout(120)
class TierSystemTest implements BlockStoreListener {
    private static final int BLOCK_BYTES = 100_000;

    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private int stored;

    @BeforeEach
    void requirePosix() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Baton.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    private DiskContext context(Path cache) {
        return new DiskContext().directories(List.of(cache)).fileBytes(1 << 20).spaceBytesMax(16 << 20).conclude();
    }

    private void fill(Path cache, int blocks) {
        UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
        try (Arena arena = Arena.ofConfined(); DiskStore store = DiskStore.open(context(cache), System.nanoTime())) {
            MemorySegment bytes = arena.allocate(BLOCK_BYTES, 4096).fill((byte) 7);
            long deadlineNs = System.nanoTime() + 30_000_000_000L;
            int begun = 0;
            while (stored < blocks) {
                name.putLong(0, begun);
                name.putLong(BlockName.TENANT_OFFSET, begun % 2);
                if (begun < blocks && store.store(begun, name, 0, bytes.address(), BLOCK_BYTES) == BlockStore.ACCEPTED) {
                    begun++;
                }
                store.poll(System.nanoTime(), this, 100);
                assertTrue(System.nanoTime() - deadlineNs < 0, () -> "stored: " + stored);
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void shouldInspectVerifyAndClearADirectory() throws IOException {
        Path cache = folder.resolve("cache");
        fill(cache, 25);

        assertEquals(ExitCode.DONE, run("cache", "inspect", cache.toString(), "--json"), err::toString);
        assertEquals(25, json().get("records").asInt());
        assertEquals(25 * BLOCK_BYTES, json().get("payloadBytes").asInt());
        assertEquals(2, json().get("tenants").asInt());
        JsonNode oldest = json().get("files").get(0);
        long ageMs = System.currentTimeMillis() - oldest.get("oldestStoredMs").asLong();
        assertTrue(ageMs >= 0 && ageMs < 120_000 && oldest.get("newestStoredMs").asLong() >= oldest.get("oldestStoredMs").asLong(), oldest::toString);
        assertEquals(ExitCode.DONE, run("cache", "inspect", cache.toString()), err::toString);
        assertTrue(out.toString().contains("oldest") && out.toString().matches("(?s).*[0-9]+ s .*"), out::toString);
        assertEquals(ExitCode.DONE, run("cache", "verify", cache.toString()), err::toString);
        assertTrue(out.toString().contains("all is right"), out::toString);

        Path first = cache.resolve("0000000000000001.log");
        long inAPayload = 4096 + 4096 + 5000;
        try (FileChannel channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {8}), inAPayload);
        }
        assertEquals(ExitCode.DONE, run("cache", "inspect", cache.toString()), "headers are as they were");
        assertEquals(ExitCode.FAILED, run("cache", "verify", cache.toString(), "--json"));
        assertEquals(1, json().get("files").get(0).get("wrongRecords").asInt());

        assertEquals(ExitCode.DONE, run("cache", "clear", cache.toString()), err::toString);
        assertEquals(ExitCode.DONE, run("cache", "inspect", cache.toString(), "--json"));
        assertEquals(0, json().get("records").asInt());
        assertEquals(0, json().get("files").size());
    }

    @Test
    void shouldChangeNothingWhileItLooks() throws IOException {
        Path cache = folder.resolve("cache");
        fill(cache, 5);
        long before = Files.size(cache.resolve("0000000000000001.log"));
        assertEquals(ExitCode.DONE, run("cache", "verify", cache.toString()));
        assertEquals(before, Files.size(cache.resolve("0000000000000001.log")));
        try (var files = Files.list(cache)) {
            assertEquals(List.of("0000000000000001.log", "0000000000000002.log", "lock"),
                files.map(each -> each.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void shouldNotClearWhatIsInUseNorTouchWhatIsNoCache() throws IOException {
        Path cache = folder.resolve("cache");
        fill(cache, 5);
        try (DiskStore store = DiskStore.open(context(cache), System.nanoTime())) {
            assertEquals(ExitCode.FAILED, run("cache", "clear", cache.toString()));
            assertFalse(store.stats().spaceBytes() == 0);
        }
        assertEquals(ExitCode.DONE, run("cache", "inspect", cache.toString()), err::toString);
        assertEquals(ExitCode.USAGE, run("cache", "clear", folder.resolve("none").toString()));
        assertEquals(ExitCode.USAGE, run("cache", "clear", Files.createDirectory(folder.resolve("other")).toString()));
        assertTrue(Files.exists(folder.resolve("other")));
    }

    @Test
    void shouldMeasureADiskTierBesideItsDevice() throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "tier", "--tier", "disk:" + folder, "--size", "64KiB", "--set", "1MiB", "--rounds", "2",
            "--json"), err::toString);
        JsonNode operations = json().get("operations");
        assertEquals(3, operations.size());
        for (JsonNode operation : operations) {
            assertTrue(operation.get("perSecond").asDouble() > 0, operation::toString);
            assertTrue(operation.get("latencyUs").get("p99").asDouble() > 0, operation::toString);
        }
        assertEquals(32, operations.get(0).get("count").asInt());
        assertTrue(operations.get(1).get("ofRaw").asDouble() > 0);
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count(), "it leaves nothing behind");
        }
    }

    @Test
    void shouldMeasureASharedFileSystem() throws IOException {
        measure("file:" + folder);
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count(), "it leaves nothing behind");
        }
    }

    @Test
    void shouldMeasureARedisAndLeaveNothingThere() throws Exception {
        assumeTrue(isInstalled("redis-server"), "no redis-server on this machine: apt-get install redis-server");
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Process server = new ProcessBuilder("redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "",
            "--dir", folder.toString()).redirectErrorStream(true).start();
        try {
            String line = "";
            BufferedReader said = server.inputReader();
            while (line != null && !line.contains("Ready to accept connections")) {
                line = said.readLine();
            }
            measure("redis://127.0.0.1:" + port + "/2");
            assertTrue(json().get("device").asText().startsWith("redis "), out::toString);
            Process size = new ProcessBuilder("redis-cli", "-p", Integer.toString(port), "-n", "2", "dbsize").start();
            assertEquals("0", size.inputReader().readLine());
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private static boolean isInstalled(String program) throws InterruptedException {
        try {
            return new ProcessBuilder(program, "--version").redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException ex) {
            return false;
        }
    }

    private void measure(String tier) throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "tier", "--tier", tier, "--size", "1500KiB", "--set", "6MiB", "--rounds", "2",
            "--json"), err::toString);
        JsonNode operations = json().get("operations");
        assertEquals(3, operations.size());
        for (JsonNode operation : operations) {
            assertTrue(operation.get("perSecond").asDouble() > 0, operation::toString);
        }
        assertEquals(8, operations.get(0).get("count").asInt());
        assertTrue(operations.get(0).get("ofRaw").asDouble() > 0);
        assertTrue(operations.get(1).get("ofRaw").asDouble() > 0);
    }

    @Test
    void shouldBeginAtARateInAnOpenLoop() throws IOException {
        assertEquals(ExitCode.DONE, run("bench", "tier", "--tier", "disk:" + folder, "--size", "4KiB", "--set", "64KiB", "--rounds", "1",
            "--rate", "100", "--json"), err::toString);
        double perSecond = json().get("operations").get(0).get("perSecond").asDouble();
        assertTrue(perSecond < 120, "not faster than it is begun: " + perSecond);
    }

    @Test
    void shouldSayWhatItWantsOfATier() {
        assertEquals(ExitCode.USAGE, run("bench", "tier", "--tier", "tape:/dev/st0"));
        assertEquals(ExitCode.USAGE, run("bench", "tier", "--tier", "disk:" + folder.resolve("none")));
        assertEquals(ExitCode.USAGE, run("bench", "tier", "--tier", "file:" + folder.resolve("none")));
        assertEquals(ExitCode.FAILED, run("bench", "tier", "--tier", "redis://:s3cret@127.0.0.1:1"));
        assertFalse(err.toString().contains("s3cret"), err::toString);
        assertEquals(ExitCode.USAGE, run("bench", "tier", "--tier", "s3://bucket?zone=1"));
        assertEquals(ExitCode.NOT_POSSIBLE, run("bench", "tier", "--tier", "disk:" + folder, "--set", "4TiB"));
        assertEquals(ExitCode.USAGE, run("bench", "tier", "--tier", "disk:" + folder, "--rounds", "0"));
    }

    @Override
    public void onStored(long tag, StoreResult result) {
        assertEquals(StoreResult.STORED, result);
        stored++;
    }

    @Override
    public void onFound(long tag, long lengthBytes) {
        throw new AssertionError("nothing was looked up");
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long lengthBytes) {
        throw new AssertionError("nothing was loaded");
    }

    @Override
    public void onReleased(long tag) {
        throw new AssertionError("nothing was loaded");
    }
}
