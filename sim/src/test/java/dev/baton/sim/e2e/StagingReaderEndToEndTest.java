package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.kv.ShardedLayout;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.KeptPrefixes;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/** What was staged once is read by an engine that is a process of its own, where it lies. */
@Timeout(60)
class StagingReaderEndToEndTest {
    private static final int BLOCK = 32;
    private static final int BLOCKS = 5;

    @TempDir
    Path folder;

    @Test
    void shouldReadKeptBlocksInAnotherProcess() throws Exception {
        Path staging = folder.resolve("staging");
        ShardedLayout layout = StagingReaderMain.layout(BLOCK);
        SenderService prefills = new SenderService(new SenderContext().layout(layout).windowBytes(16L << 20).wholeBytes(4L << 20).stagingDirectory(staging));
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout),
                new ReceiverContext().layout(layout).poolBytesPerShard(32L << 20).extentBytes(256 << 10).conclude());
            NodeRuntime prefill = NodeRuntime.launch(node("prefill", layout), List.of(prefills))) {
            VerifyingEngine engine = ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED);
            int peer = prefills.sender().connect("127.0.0.1", decodes.port());
            PatternFeed feed = new PatternFeed(prefills.sender().engine(), layout, 1, new int[] {BLOCKS * BLOCK},
                number -> HandoffSpec.destinationFirst(PatternFeed.id(number), peer, BLOCKS * BLOCK).withBlockKeys(StagingReaderMain.keys(BLOCKS)));
            long startNs = System.nanoTime();
            while (!feed.isDone()) {
                feed.step();
                decodes.poll(engine, 4);
                assertNull(prefill.failure());
                assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), "waited 20 s");
                Until.rest();
            }
            assertEquals("", feed.trouble());
            KeptPrefixes kept = prefills.sender().engine().kept();
            long lease = kept.lease(PatternFeed.id(1).tenant(), StagingReaderMain.keys(BLOCKS), BLOCKS, KeptPrefixes.LEASE_NS_MAX);
            assertEquals("bytes=" + feed.bytes() + " wrong=0", read(staging, kept.handle(lease)));
            assertTrue(kept.release(lease), "they stayed");
        }
    }

    private static String read(Path staging, byte[] handle) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        for (String flag : Files.readAllLines(Path.of("..", "jvm.options"))) {
            if (!flag.isBlank() && !flag.startsWith("#") && !flag.startsWith("-Xm") && !flag.startsWith("-XX:AOT")) {
                command.add(flag.strip());
            }
        }
        command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), StagingReaderMain.class.getName(),
            staging.toString(), Integer.toString(BLOCK), Integer.toString(BLOCKS)));
        Process child = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (PrintWriter out = new PrintWriter(child.getOutputStream(), true, StandardCharsets.US_ASCII)) {
            out.println(HexFormat.of().formatHex(handle));
            return child.inputReader().readLine();
        } finally {
            child.destroyForcibly();
        }
    }

    private static NodeContext node(String name, ShardedLayout layout) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of("tcp")).conclude();
    }
}
