package dev.baton.sim;

import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.PlanBench;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What it costs that two engines lay KV out in different ways. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = "Compiles transfer plans between differing layouts and carries them out, on one thread.")
final class BenchPlanCommand implements Callable<Integer> {
    @Option(names = "--model", paramLabel = "NAME", defaultValue = "Llama-3.1-70B",
        description = "A model's name or alias; default: ${DEFAULT-VALUE}.")
    private String model;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "2048",
        description = "Tokens of each plan; default: 2048.")
    private int tokens;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "0.5",
        description = "Of each measurement; default: 0.5.")
    private double seconds;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() {
        if (!(seconds >= 0.001 && seconds <= 60)) {
            throw new IllegalArgumentException("seconds must be 0.001 to 60: --seconds=" + seconds);
        }
        MachineFacts machine = output.machine();
        PlanBench bench = new PlanBench(model, tokens, (long) (seconds * 1e9));
        List<PlanBench.Result> results = new ArrayList<>();
        try (Progress progress = output.progress(() -> "pairs measured: " + results.size())) {
            for (PlanBench.Pair pair : bench.pairs()) {
                results.add(bench.run(pair));
                progress.step(System.nanoTime());
            }
        }
        print(machine, results);
        return ExitCode.DONE;
    }

    private void print(MachineFacts machine, List<PlanBench.Result> results) {
        PrintWriter out = output.out();
        if (output.isJson()) {
            List<JsonReport> rows = results.stream().map(result -> new JsonReport()
                .add("pair", result.pair().name())
                .add("segments", result.segments())
                .add("segmentBytes", result.segmentBytes())
                .add("segmentsPerSecond", result.segmentsPerSecond())
                .add("compileUs", result.compileNs() / 1e3)
                .add("copyBytesPerSecond", result.copyBytesPerSecond())).toList();
            new JsonReport().add("command", "bench plan").add("machine", machine.json()).add("model", model)
                .add("tokens", tokens)
                .add("pairs", rows).print(out);
            return;
        }
        Table table = new Table("pair", "segments", "bytes each", "M segments/s", "compile us", "copy GB/s");
        for (PlanBench.Result result : results) {
            table.row(result.pair().name(), result.segments(), Math.round(result.segmentBytes()),
                result.segmentsPerSecond() / 1e6, result.compileNs() / 1e3, result.copyBytesPerSecond() / 1e9);
        }
        out.println(model + ", " + tokens + " tokens, rank 0 to rank 0, every byte of the copies checked");
        out.println(table);
        out.flush();
    }
}
