package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.KeptCounters;
import dev.baton.sim.Baton;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/**
 * A prompt goes to one decode process, then to another over another transport, and once more to the first: the engine
 * fills it once, and each process has every byte of it.
 */
@Timeout(90)
class KeptBlocksEndToEndTest {
    private static final int BLOCK = 32;
    private static final int BLOCKS = 3;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;

    @TempDir
    Path folder;

    private final List<Process> children = new ArrayList<>();

    @AfterEach
    void endChildren() {
        children.forEach(Process::destroyForcibly);
    }

    /** A decode process that compares every byte with the pattern; what it prints comes back. */
    private BufferedReader start(String scheme, Path shm) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        Path options = Path.of("..", "jvm.options");
        for (String flag : Files.readAllLines(options)) {
            if (!flag.isBlank() && !flag.startsWith("#") && !flag.startsWith("-Xm") && !flag.startsWith("-XX:AOT")) {
                command.add(flag.strip());
            }
        }
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Baton.class.getName(), "receiver",
            "--listen", "127.0.0.1:0", "--model", "Llama-3.2-1B", "--block-tokens", Integer.toString(BLOCK), "--pool", "32MiB", "--extent", "256KiB", "--transports", scheme, "--shm-dir", shm.toString(),
            "--verify-pattern", Long.toString(PatternFeed.SEED)));
        Process child = new ProcessBuilder(command).redirectError(folder.resolve(scheme + ".err").toFile()).start();
        children.add(child);
        return child.inputReader();
    }

    private static int port(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        assertTrue(line != null && line.startsWith("LISTENING "), () -> "line=" + line);
        String address = line.split(" ", -1)[1];
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    @Test
    void shouldHandTheSamePromptToAnotherNodeWithoutTheEngine() throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : folder;
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.SINGLE);
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            keys.add(new BlockKey(block, 0, 0, 11));
        }
        List<BufferedReader> outputs = List.of(start("shm", shm), start("tcp", shm));
        int[] ports = {port(outputs.get(0)), port(outputs.get(1))};
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(8L << 20).wholeBytes(4L << 20));
        NodeContext context = new NodeContext().nodeId("prefill").layout(layout.encode()).transports(List.of("shm", "tcp"))
            .sharedMemoryDir(shm).conclude();
        try (NodeRuntime prefill = NodeRuntime.launch(context, List.of(prefills))) {
            int[] peers = {prefills.sender().connect("127.0.0.1", ports[0]), prefills.sender().connect("127.0.0.1", ports[1])};
            int[] filled = {BLOCKS, 0, 0};
            for (int i = 0; i < filled.length; i++) {
                int peer = peers[i % 2];
                int request = i;
                PatternFeed feed = new PatternFeed(prefills.sender().engine(), layout, request, new int[] {BLOCKS * BLOCK},
                    _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, BLOCKS * BLOCK).withBlockKeys(keys));
                long startNs = System.nanoTime();
                while (!feed.isDone()) {
                    feed.step();
                    assertNull(prefill.failure());
                    assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(40), "waited 40 s");
                    Until.rest();
                }
                assertEquals("", feed.trouble());
                assertEquals(filled[i], feed.filled(), "blocks that the engine was asked for, request=" + i);
            }
            // The first process holds all but the last block of the third: that one goes, from where it was kept.
            assertEquals(BLOCKS + 1, prefills.sender().staging().kept().count(KeptCounters.Kind.BLOCKS_HIT));
        }
        long bytes = BLOCKS * BLOCK * BYTES_PER_TOKEN;
        assertEquals("verified 2 requests, " + 2 * bytes + " bytes, 0 wrong bytes", end(0, outputs));
        assertEquals("verified 1 requests, " + bytes + " bytes, 0 wrong bytes", end(1, outputs));
        if (!shm.equals(folder)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** As an operator ends it; what it says of all that it compared. */
    private String end(int index, List<BufferedReader> outputs) throws IOException, InterruptedException {
        children.get(index).toHandle().destroy();
        String line = outputs.get(index).readLine();
        assertTrue(children.get(index).waitFor(20, TimeUnit.SECONDS), "ends after SIGTERM");
        return line;
    }
}
