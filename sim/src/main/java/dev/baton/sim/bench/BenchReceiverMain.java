package dev.baton.sim.bench;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.shm.ShmFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The receiving process of {@code baton bench transport}. Obeys lines on standard input, answers each with one on
 * standard output, and ends with its input.
 * <pre>
 *   open SCHEME STREAMS                 -> opened PORT,PORT...
 *   run WAY SIZE WINDOW STREAMS COUNT   -> ready [PORT,PORT...], and when all has come: done CPU_NS MISMATCHES
 *   close                               -> closed
 *   anything that goes wrong            -> failed WHY
 * </pre>
 */
public final class BenchReceiverMain {
    private static final String END = "end";
    private static final long POLL_MS = 1;

    private BenchReceiverMain() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BenchSetup setup = BenchSetup.of(args);
        MemoryLedger ledger = new MemoryLedger();
        try (Region slab = Regions.createFile(ledger, "bench.slab",
            ShmFiles.slab(setup.directory(), setup.incarnation(), 0),
                setup.setBytes());
            Region counters = Regions.openFile(ledger, "bench.counters", setup.countersFile(), setup.countersBytes(),
                true);
            BenchReceiver receiver = new BenchReceiver(setup, ledger, slab, counters)) {
            out.println("started");
            obey(receiver, lines(), out);
        } catch (Exception ex) {
            out.println("failed " + ex);
        }
    }

    private static void obey(BenchReceiver receiver, BlockingQueue<String> lines, PrintStream out) throws Exception {
        for (;;) {
            String line = lines.poll(POLL_MS, TimeUnit.MILLISECONDS);
            if (line == null) {
                // Lanes connect, and stay alive, only while somebody polls them.
                receiver.poll();
                continue;
            }
            if (line.equals(END)) {
                return;
            }
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "open" -> out.println("opened " + receiver.open(words[1], Integer.parseInt(words[2])));
                case "close" -> {
                    receiver.closeTransport();
                    out.println("closed");
                }
                case "run" -> {
                    Trial trial = new Trial(Way.valueOf(words[1]), Integer.parseInt(words[2]),
                        Integer.parseInt(words[3]), Integer.parseInt(words[4]));
                    out.println(receiver.run(trial, Integer.parseInt(words[5]), out));
                }
                default -> throw new IllegalArgumentException("unknown line: " + line);
            }
        }
    }

    private static BlockingQueue<String> lines() {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().name("bench-lines").start(() -> {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                in.lines().forEach(lines::add);
            } catch (IOException ex) {
                // The sender went away in the middle of a line: the same as its end.
                lines.add(END);
            }
            lines.add(END);
        });
        return lines;
    }
}
