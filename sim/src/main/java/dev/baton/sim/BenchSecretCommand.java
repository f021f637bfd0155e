package dev.baton.sim;

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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code --secret-file} costs whole handoffs, and what AES-GCM would cost a byte. */
@Command(
    name = "secret",
    mixinStandardHelpOptions = true,
    description = "Whole handoffs with a shared secret and without, in turn; and AES-GCM on one thread, which Baton does not use.")
final class BenchSecretCommand implements Callable<Integer> {
    private static final int[] FRAME_BYTES = {16 << 10, 512 << 10};
    private static final long AES_NS = TimeUnit.MILLISECONDS.toNanos(1500);

    @Option(names = "--transport", paramLabel = "NAME", defaultValue = "tcp",
        description = "shm, tcp, aeron or aeron-ipc; default: ${DEFAULT-VALUE}.")
    private String transport;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Times that both are measured, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Require.between("rounds", rounds, 1, 1000);
        MachineFacts machine = MachineFacts.ofThisMachine();
        PrintWriter err = spec.commandLine().getErr();
        err.println("machine: " + machine.describe());
        Path shared = Path.of("/dev/shm");
        Path directory = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench")
            : Files.createTempDirectory("baton-bench");
        List<SecretBench.Result> results;
        try {
            results = new SecretBench(transport, rounds, directory).run(done -> {
                if (done % rounds == 0) {
                    err.println("rounds done: " + done);
                }
            });
        } finally {
            Files.deleteIfExists(directory);
        }
        List<AesGcmCost> costs = new ArrayList<>();
        for (int frameBytes : FRAME_BYTES) {
            costs.add(AesGcmCost.of(128, frameBytes, AES_NS));
        }
        print(machine, results, costs, MachineFacts.loadNow());
        return ExitCode.DONE;
    }

    private void print(MachineFacts machine, List<SecretBench.Result> results, List<AesGcmCost> costs,
        double loadAfter) {
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            List<JsonReport> handoffs = results.stream().map(result -> new JsonReport()
                .add("requestBytes", result.requestBytes()).add("requests", result.requests())
                .add("plainBytesPerSecond", result.plainBytesPerSecond())
                .add("sealedBytesPerSecond", result.sealedBytesPerSecond())
                .add("ratio", result.ratio().median()).add("ratioLow", result.ratio().low())
                .add("ratioHigh", result.ratio().high())
                .add("cpuRatio", result.cpuRatio().median()).add("cpuRatioLow", result.cpuRatio().low())
                .add("cpuRatioHigh", result.cpuRatio().high()).add("coverage", result.ratio().coverage())).toList();
            List<JsonReport> aes = costs.stream().map(cost -> new JsonReport().add("frameBytes", cost.frameBytes())
                .add("encryptBytesPerSecond", cost.encryptBytesPerSecond())
                .add("decryptBytesPerSecond", cost.decryptBytesPerSecond())
                .add("allocatedBytesPerFrame", cost.allocatedBytesPerFrame())).toList();
            new JsonReport().add("command", "bench secret").add("machine", machine.json()).add("transport", transport)
                .add("rounds", rounds).add("loadAfter", loadAfter).add("handoffs", handoffs).add("aesGcm", aes)
                .print(out);
        } else {
            Table table = new Table("requests", "MiB each", "GB/s without", "GB/s with", "ratio", "95 % interval",
                "CPU ratio", "95 % interval");
            for (SecretBench.Result result : results) {
                table.row((long) result.requests(), result.requestBytes() >> 20,
                    rate(result.plainBytesPerSecond()), rate(result.sealedBytesPerSecond()),
                    number(result.ratio().median()), interval(result.ratio()), number(result.cpuRatio().median()),
                    interval(result.cpuRatio()));
            }
            out.println(table);
            Table aes = new Table("AES-128-GCM, frames of KiB", "GB/s encrypted", "GB/s decrypted", "bytes allocated");
            for (AesGcmCost cost : costs) {
                aes.row((long) cost.frameBytes() >> 10, rate(cost.encryptBytesPerSecond()),
                    rate(cost.decryptBytesPerSecond()), cost.allocatedBytesPerFrame());
            }
            out.println();
            out.println(aes);
            out.println("transport: " + transport + "; rounds: " + rounds + "; load after: "
                + String.format(Locale.ROOT, "%.2f", loadAfter) + " on " + machine.processors() + " processors");
        }
        out.flush();
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
