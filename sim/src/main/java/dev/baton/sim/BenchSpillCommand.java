package dev.baton.sim;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.memory.Regions;
import dev.baton.platform.Require;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.SpillBench;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What landing and reading in a spill tier costs beside the fast tier, in one run. */
@Command(
    name = "spill",
    mixinStandardHelpOptions = true,
    description = "Lands and reads extents in shared memory and in a spill directory, in turn, on one thread.")
final class BenchSpillCommand implements Callable<Integer> {
    @Option(names = "--spill-dir", paramLabel = "DIR", description = "Where the spill tier would lie; default: a new folder in the " +
        "temporary one.")
    private Path spillDir;

    @Option(names = "--size", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "256MiB",
        description = "Of each tier, 4 MiB to 64 GiB; default: ${DEFAULT-VALUE}.")
    private long sizeBytes;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Times that both are measured, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        Require.between("rounds", rounds, 1, 1000);
        Require.between("sizeBytes", sizeBytes, 4L << 20, 64L << 30);
        MachineFacts machine = output.machine();
        Path shared = Path.of("/dev/shm");
        Path fast = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench")
            : Files.createTempDirectory("baton-bench");
        Path spill = null;
        try {
            spill = spillDir == null ? Files.createTempDirectory("baton-spill")
                : Files.createTempDirectory(Regions.privateDirectory(spillDir), "baton-spill");
            print(machine, new SpillBench(sizeBytes, rounds).run(fast, spill), spill);
        } finally {
            Files.deleteIfExists(fast);
            if (spill != null) {
                Files.deleteIfExists(spill);
            }
        }
        return ExitCode.DONE;
    }

    private void print(MachineFacts machine, SpillBench.Result[] results, Path spill) throws IOException {
        PrintWriter out = output.out();
        String fileSystem = Files.getFileStore(spill).type();
        if (output.isJson()) {
            List<JsonReport> ways = Arrays.stream(results).map(result -> new JsonReport().add("way", result.name())
                .add("fastBytesPerSecond", result.fastBytesPerSecond())
                .add("spillBytesPerSecond", result.spillBytesPerSecond()).add("ratio", result.ratio().median())
                .add("ratioLow", result.ratio().low()).add("ratioHigh", result.ratio().high())
                .add("coverage", result.ratio().coverage())).toList();
            new JsonReport().add("command", "bench spill").add("machine", machine.json()).add("rounds", rounds)
                .add("sizeBytes", sizeBytes).add("fileSystem", fileSystem).add("loadAfter", MachineFacts.loadNow())
                .add("ways", ways).print(out);
        } else {
            Table table = new Table("way", "fast GB/s", "spill GB/s", "spill / fast", "95 % interval");
            for (SpillBench.Result result : results) {
                table.row(result.name(), number(result.fastBytesPerSecond() / 1e9),
                    number(result.spillBytesPerSecond() / 1e9), number(result.ratio().median()),
                    number(result.ratio().low()) + " - " + number(result.ratio().high()));
            }
            out.println(table);
            out.println("spill on " + fileSystem + "; MiB of each tier: " + (sizeBytes >> 20) + "; rounds: " + rounds +
                "; load after: " + number(MachineFacts.loadNow()) + " on " + machine.processors() + " processors");
        }
        out.flush();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
