package dev.baton.sim;

import dev.baton.buffer.bench.ReserveBench;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What reserving costs: metadata only, one thread, a pool of 512 GiB over 8 shards. */
@Command(
    name = "admission",
    mixinStandardHelpOptions = true,
    description = "Reserves and releases whole requests on a fragmented pool of 512 GiB, metadata only, on one thread.")
final class BenchAdmissionCommand implements Callable<Integer> {
    @Option(names = "--seconds", paramLabel = "S", defaultValue = "1",
        description = "CPU time of each of three measurements, and of its warm-up; default: 1.")
    private double seconds;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Of the fragmentation; default: 42.")
    private long seed;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    /** One line of the result: what was measured, and what it is held against. */
    private record Measure(String name, String key, double value, double target, boolean isAtLeast) {
        boolean isMet() {
            return isAtLeast ? value >= target : value <= target;
        }
    }

    @Override
    public Integer call() {
        if (!(seconds >= 0.001 && seconds <= 60)) {
            throw new IllegalArgumentException("seconds must be 0.001 to 60: --seconds=" + seconds);
        }
        MachineFacts machine = MachineFacts.ofThisMachine();
        spec.commandLine().getErr().println("machine: " + machine.describe());
        ReserveBench.Result result = ReserveBench.run((long) (seconds * 1e9), seed);
        List<Measure> measures = List.of(
            new Measure("reserve and release of 64 extents over 8 shards, fragmented pool, a second", "pairsPerSecond",
                result.pairsPerSecond(), 1e6, true),
            new Measure("extents a second, requests of 8,192, pool with room", "largeExtentsPerSecond",
                result.largeExtentsPerSecond(), 1e8, true),
            new Measure("extents a second, requests of 8,192, fragmented pool", "largeFragmentedExtentsPerSecond",
                result.largeFragmentedExtentsPerSecond(), Double.NaN, true),
            new Measure("bookkeeping bytes an extent", "extentBookkeepingBytes", result.extentBookkeepingBytes(), 64,
                false),
            new Measure("bookkeeping bytes a reservation", "reservationBookkeepingBytes",
                result.reservationBookkeepingBytes(), 1024, false));
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            json(machine, result, measures).print(out);
        } else {
            Table table = new Table("measured", "value", "target", "met");
            for (Measure measure : measures) {
                boolean hasTarget = !Double.isNaN(measure.target());
                table.row(measure.name(), Math.round(measure.value()), hasTarget ? (Long) Math.round(measure.target())
                    : null, !hasTarget ? "" : measure.isMet() ? "yes" : "no");
            }
            out.println(table);
            out.println("pool: 512 GiB over 8 shards, extents of 4 MiB; fragmented: " + result.freeExtents() +
                " of 131072 free in " + result.freeRuns() + " runs (seed " + seed +
                "); rates are per second of the thread's CPU time");
        }
        out.flush();
        return ExitCode.DONE;
    }

    private JsonReport json(MachineFacts machine, ReserveBench.Result result, List<Measure> measures) {
        List<JsonReport> rows = new ArrayList<>();
        for (Measure measure : measures) {
            JsonReport row = new JsonReport().add("name", measure.key()).add("value", measure.value())
                .add("target", measure.target());
            rows.add(Double.isNaN(measure.target()) ? row.addNull("isMet") : row.add("isMet", measure.isMet()));
        }
        return new JsonReport()
            .add("command", "bench admission")
            .add("machine", machine.json())
            .add("seed", seed)
            .add("measures", rows)
            .add("freeExtents", result.freeExtents())
            .add("freeRuns", result.freeRuns())
            .add("runsPerSmallGrant", result.runsPerSmallGrant())
            .add("runsPerLargeGrant", result.runsPerLargeGrant())
            .add("runsPerLargeFragmentedGrant", result.runsPerLargeFragmentedGrant());
    }
}
