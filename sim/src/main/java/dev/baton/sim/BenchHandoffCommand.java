package dev.baton.sim;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.platform.Require;
import dev.baton.sim.bench.HandoffBench;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;

/** Whether a handoff notices a tier below that is busy, or hangs. */
@Command(
    name = "handoff",
    mixinStandardHelpOptions = true,
    description = "Latency of handoffs while the disk tier is idle, saturated with other keys, and while a remote tier answers nothing.")
final class BenchHandoffCommand implements Callable<Integer> {
    private static final double[] SHARES = {0.5, 0.9, 0.99, 0.999, 1};
    private static final double TAIL = 0.99;

    @Option(names = "--transport", paramLabel = "NAME", defaultValue = "shm", description = "shm, tcp, aeron or aeron-ipc; default: ${DEFAULT-VALUE}.")
    private String transport;

    @Option(names = "--tier-dir", paramLabel = "DIR", description = "Where the disk tier is made, in a folder of its own that goes again; default: the temporary one.")
    private Path tierDir;

    @Option(names = "--tier-space", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "2GiB",
        description = "What it may take; default: ${DEFAULT-VALUE}.")
    private long tierSpaceBytes;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "512", description = "Of each request, 32 KiB of KV each; default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--handoffs", paramLabel = "N", defaultValue = "25", description = "Of each phase in each round, 1 to 10000; default: ${DEFAULT-VALUE}.")
    private int handoffs;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "40", description = "1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        Require.between("--tokens", tokens, 1, 8192);
        Require.between("--handoffs", handoffs, 1, 10_000);
        Require.between("--rounds", rounds, 1, 1000);
        MachineFacts machine = output.machine();
        Path shared = Path.of("/dev/shm");
        Path memory = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench") : Files.createTempDirectory("baton-bench");
        Path tier = tierDir == null ? Files.createTempDirectory("baton-tier") : Files.createTempDirectory(tierDir, "baton-tier");
        HandoffBench bench = new HandoffBench(transport, memory, "disk:" + tier.resolve("cache"), tierSpaceBytes, tokens, handoffs, rounds);
        try {
            print(machine, bench, bench.run(done -> output.err().println("rounds done: " + done)));
        } finally {
            remove(memory);
            remove(tier);
        }
        return ExitCode.DONE;
    }

    private void print(MachineFacts machine, HandoffBench bench, List<HandoffBench.Result> results) {
        PrintWriter out = output.out();
        HandoffBench.Result idle = results.getFirst();
        if (output.isJson()) {
            List<JsonReport> phases = results.stream().map(result -> json(result, idle)).toList();
            new JsonReport().add("command", "bench handoff").add("machine", machine.json()).add("transport", transport)
                .add("handoffBytes", bench.handoffBytes()).add("rounds", rounds).add("loadAfter", MachineFacts.loadNow()).add("phases", phases).print(out);
        } else {
            Table table = new Table("tier", "handoffs", "p50 ms", "p90 ms", "p99 ms", "95 % interval", "p99.9 ms", "max ms", "p50 / idle", "p99 / idle",
                "tier GB/s");
            for (HandoffBench.Result result : results) {
                long[] interval = result.intervalNs(TAIL);
                table.row(name(result), result.latencyNs().length, ms(result.atNs(0.5)), ms(result.atNs(0.9)), ms(result.atNs(TAIL)),
                    ms(interval[0]) + " - " + ms(interval[1]), ms(result.atNs(0.999)), ms(result.atNs(1)), ratio(result, idle, 0.5),
                    ratio(result, idle, TAIL), String.format(Locale.ROOT, "%.3f", result.tierBytesPerSecond() / 1e9));
            }
            out.println(table);
            out.println("transport: " + transport + "; MiB each: " + bench.handoffBytes() / 1048576.0 + "; from the engine's begin to READY; rounds: " + rounds +
                "; load after: " + String.format(Locale.ROOT, "%.2f", MachineFacts.loadNow()) + " on " + machine.processors() + " processors");
        }
        out.flush();
    }

    private static JsonReport json(HandoffBench.Result result, HandoffBench.Result idle) {
        JsonReport report = new JsonReport().add("tier", name(result)).add("handoffs", result.latencyNs().length);
        for (double share : SHARES) {
            report.add("p" + String.format(Locale.ROOT, "%s", share * 100).replaceAll("\\.0$", "") + "Ms", result.atNs(share) / 1e6);
        }
        long[] interval = result.intervalNs(TAIL);
        return report.add("p99LowMs", interval[0] / 1e6).add("p99HighMs", interval[1] / 1e6)
            .add("p50OverIdle", (double) result.atNs(0.5) / idle.atNs(0.5)).add("p99OverIdle", (double) result.atNs(TAIL) / idle.atNs(TAIL))
            .add("tierBytesPerSecond", result.tierBytesPerSecond());
    }

    private static String name(HandoffBench.Result result) {
        return switch (result.phase()) {
            case IDLE -> "idle";
            case DISK_BUSY -> "disk saturated";
            case REMOTE_HANGS -> "remote hangs";
        };
    }

    private static String ratio(HandoffBench.Result result, HandoffBench.Result idle, double share) {
        return String.format(Locale.ROOT, "%.3f", (double) result.atNs(share) / idle.atNs(share));
    }

    private static String ms(long ns) {
        return String.format(Locale.ROOT, "%.2f", ns / 1e6);
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
