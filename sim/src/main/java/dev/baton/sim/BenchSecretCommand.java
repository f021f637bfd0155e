package dev.baton.sim;

import dev.baton.memory.AesGcm;
import dev.baton.platform.Require;
import dev.baton.sim.bench.AesGcmCost;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.MedianInterval;
import dev.baton.sim.bench.SecretBench;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code --secret-file} and {@code --encrypt} cost whole handoffs, and what AES-GCM costs a byte. */
@Command(
    name = "secret",
    mixinStandardHelpOptions = true,
    description = "Whole handoffs in the clear, with a shared secret, and encrypted, in turn; and AES-GCM on one thread.")
final class BenchSecretCommand implements Callable<Integer> {
    private static final int[] FRAME_BYTES = {1_344, 64 << 10, 128 << 10};
    private static final long AES_NS = TimeUnit.MILLISECONDS.toNanos(700);

    @Option(names = "--transport", paramLabel = "NAME", defaultValue = "tcp",
        description = "shm, tcp, aeron or aeron-ipc; default: ${DEFAULT-VALUE}.")
    private String transport;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Times that both are measured, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        Require.between("rounds", rounds, 1, 1000);
        MachineFacts machine = output.machine();
        Path shared = Path.of("/dev/shm");
        Path directory = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench")
            : Files.createTempDirectory("baton-bench");
        List<SecretBench.Result> results;
        try {
            results = new SecretBench(transport, rounds, directory).run(done -> output.err().println("rounds done: " + done));
        } finally {
            Files.deleteIfExists(directory);
        }
        List<AesGcmCost> costs = new ArrayList<>();
        for (int frameBytes : FRAME_BYTES) {
            costs.add(AesGcmCost.of(AesGcm.java(new byte[AesGcm.KEY_BYTES], 0), frameBytes, AES_NS));
            if (AesGcm.availability().isPresent()) {
                costs.add(AesGcmCost.of(AesGcm.best(new byte[AesGcm.KEY_BYTES], 0), frameBytes, AES_NS));
            }
        }
        if (output.isJson()) {
            json(machine, results, costs).print(output.out());
        } else {
            print(machine, results, costs);
        }
        return ExitCode.DONE;
    }

    private JsonReport json(MachineFacts machine, List<SecretBench.Result> results, List<AesGcmCost> costs) {
        List<JsonReport> handoffs = results.stream().map(result -> new JsonReport()
            .add("requestBytes", result.requestBytes()).add("requests", result.requests()).add("way", way(result))
            .add("bytesPerSecond", result.bytesPerSecond()).add("cpuSecondsPerGb", result.cpuSecondsPerGb())
            .add("ratio", result.ratio().median()).add("ratioLow", result.ratio().low())
            .add("ratioHigh", result.ratio().high())
            .add("cpuRatio", result.cpuRatio().median()).add("cpuRatioLow", result.cpuRatio().low())
            .add("cpuRatioHigh", result.cpuRatio().high()).add("coverage", result.ratio().coverage())).toList();
        List<JsonReport> aes = costs.stream().map(cost -> new JsonReport().add("code", cost.code())
            .add("frameBytes", cost.frameBytes()).add("encryptBytesPerSecond", cost.encryptBytesPerSecond())
            .add("decryptBytesPerSecond", cost.decryptBytesPerSecond())
            .add("allocatedBytesPerFrame", cost.allocatedBytesPerFrame())).toList();
        return new JsonReport().add("command", "bench secret").add("machine", machine.json())
            .add("transport", transport).add("rounds", rounds).add("loadAfter", MachineFacts.loadNow())
            .add("handoffs", handoffs).add("aesGcm", aes);
    }

    private void print(MachineFacts machine, List<SecretBench.Result> results, List<AesGcmCost> costs) {
        PrintWriter out = output.out();
        Table table = new Table("requests", "MiB each", "way", "GB/s", "CPU s/GB", "ratio", "95 % interval",
            "CPU ratio", "95 % interval");
        for (SecretBench.Result result : results) {
            table.row((long) result.requests(), result.requestBytes() >> 20, way(result),
                rate(result.bytesPerSecond()), number(result.cpuSecondsPerGb()), number(result.ratio().median()),
                interval(result.ratio()), number(result.cpuRatio().median()), interval(result.cpuRatio()));
        }
        out.println(table);
        Table aes = new Table("AES-128-GCM by", "bytes of a frame", "GB/s encrypted", "GB/s decrypted",
            "bytes allocated");
        for (AesGcmCost cost : costs) {
            aes.row(cost.code(), (long) cost.frameBytes(), rate(cost.encryptBytesPerSecond()),
                rate(cost.decryptBytesPerSecond()), cost.allocatedBytesPerFrame());
        }
        out.println();
        out.println(aes);
        out.println("transport: " + transport + "; rounds: " + rounds + "; load after: "
            + String.format(Locale.ROOT, "%.2f", MachineFacts.loadNow()) + " on " + machine.processors()
            + " processors");
        out.flush();
    }

    private static String way(SecretBench.Result result) {
        return result.way().name().toLowerCase(Locale.ROOT);
    }

    private static String interval(MedianInterval of) {
        return number(of.low()) + " - " + number(of.high());
    }

    private static String rate(double bytesPerSecond) {
        return number(bytesPerSecond / 1e9);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
