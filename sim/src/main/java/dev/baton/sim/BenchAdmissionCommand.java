package dev.baton.sim;

import dev.baton.buffer.bench.AdmissionBench;
import dev.baton.buffer.bench.ReserveBench;
import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What reserving costs (metadata only, one thread, a pool of 512 GiB over 8 shards), and who waits how long at ten
 * times the pool, in virtual time, with the bounds that are promised and those that held.
 */
@Command(
    name = "admission",
    mixinStandardHelpOptions = true,
    description = "Reserves and releases whole requests on a fragmented pool of 512 GiB, metadata only, on one thread; " +
        "then admits ten times a pool in virtual time and shows waits and bounds.")
final class BenchAdmissionCommand implements Callable<Integer> {
    @Option(names = "--seconds", paramLabel = "S", defaultValue = "1",
        description = "CPU time of each of three measurements, and of its warm-up; default: 1.")
    private double seconds;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Of the fragmentation and of what asks; default: 42.")
    private long seed;

    @Option(names = "--virtual-seconds", paramLabel = "S", defaultValue = "120",
        description = "How long the waits are watched, in virtual time; default: 120.")
    private int virtualSeconds;

    @Mixin
    private BenchOutput output;

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
        if (virtualSeconds < 1 || virtualSeconds > 3600) {
            throw new IllegalArgumentException("seconds must be 1 to 3600: --virtual-seconds=" + virtualSeconds);
        }
        MachineFacts machine = output.machine();
        ReserveBench.Result result = ReserveBench.run((long) (seconds * 1e9), seed);
        AdmissionBench.Result waits = AdmissionBench.run(virtualSeconds * 1000L, seed);
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
        PrintWriter out = output.out();
        if (output.isJson()) {
            json(machine, result, measures).add("admission", json(waits)).print(out);
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
            print(waits, out);
        }
        out.flush();
        return waits.isHeld() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static void print(AdmissionBench.Result waits, PrintWriter out) {
        Table kinds = new Table("who waits", "granted", "extents", "p50 ms", "p99 ms", "max ms");
        for (AdmissionBench.Waits kind : kinds(waits)) {
            kinds.row(kind.name(), kind.granted(), kind.extents(), kind.p50Ms(), kind.p99Ms(), kind.maxMs());
        }
        out.println();
        out.println(kinds);
        Table bounds = new Table("bound", "promised", "held");
        bounds.row("overtakes of a drain target", (long) waits.overtakesPromised(), (long) waits.overtakesMax());
        bounds.row("ms that it is overtaken", waits.overtakePromisedMs(), waits.overtakeMaxMs());
        bounds.row("ms of a target's turn: overtaking, and the longest holder", waits.turnPromisedMs(),
            waits.turnMaxMs());
        out.println(bounds);
        Table lines = new Table("turns over before the grant", "requests", "p50 ms", "nearest to its bound, ms",
            "bound, ms");
        for (AdmissionBench.Turns line : waits.lines()) {
            lines.row(line.turnsMin() == line.turnsMax() ? "" + line.turnsMin() : line.turnsMin() + " to " +
                line.turnsMax(), line.granted(), line.p50Ms(), line.maxMs(), line.promisedMs());
        }
        out.println(lines);
        out.println(waits.turns() + " targets in " + waits.virtualSeconds() + " virtual seconds at 10 times the pool; " +
            waits.turnsBetweenMax() + " of others at most between two of one tenant. Behind k turns a request waits k + 1 at most." +
            (waits.isHeld() ? "" : " A BOUND DID NOT HOLD"));
        out.println(receiverBound());
    }

    /** The same turn where holders are handoffs: what a receiver at its defaults promises for the largest here. */
    private static String receiverBound() {
        ReceiverLimits limits = ReceiverLimits.DEFAULT;
        long bytes = AdmissionBench.LARGEST_BYTES;
        double overtakeSeconds = AdmissionLimits.DEFAULT.withOvertaking().overtakeNs() / 1e9;
        double longestSeconds = ReceiverLimits.longestNs(0, bytes) / 1e9;
        double drainSeconds = limits.drainNs() / 1e9;
        double fenceSeconds = limits.fenceNs() / 1e9;
        double consumeSeconds = limits.consumeWithinNs() / 1e9;
        return "a turn in a receiver at its defaults, the holder one of " + (bytes >> 30) + " GiB: overtaking " +
            overtakeSeconds + " s, L_max " + longestSeconds + " s and the prefill estimate, drain " + drainSeconds +
            " s, fence " + fenceSeconds + " s, consumeWithin " + consumeSeconds + " s: together " +
            (overtakeSeconds + longestSeconds + drainSeconds + fenceSeconds + consumeSeconds) + " s";
    }

    private static JsonReport json(AdmissionBench.Result waits) {
        List<JsonReport> rows = new ArrayList<>();
        for (AdmissionBench.Waits kind : kinds(waits)) {
            rows.add(new JsonReport().add("name", kind.name()).add("granted", kind.granted())
                .add("extents", kind.extents()).add("p50Ms", kind.p50Ms()).add("p99Ms", kind.p99Ms())
                .add("maxMs", kind.maxMs()));
        }
        List<JsonReport> lines = new ArrayList<>();
        for (AdmissionBench.Turns line : waits.lines()) {
            lines.add(new JsonReport().add("turnsMin", line.turnsMin()).add("turnsMax", line.turnsMax())
                .add("granted", line.granted()).add("p50Ms", line.p50Ms()).add("nearestMs", line.maxMs())
                .add("boundMs", line.promisedMs()));
        }
        return new JsonReport().add("virtualSeconds", waits.virtualSeconds()).add("waits", rows).add("lines", lines)
            .add("overtakesMax", waits.overtakesMax()).add("overtakesPromised", waits.overtakesPromised())
            .add("overtakeMaxMs", waits.overtakeMaxMs()).add("overtakePromisedMs", waits.overtakePromisedMs())
            .add("turnMaxMs", waits.turnMaxMs()).add("turnPromisedMs", waits.turnPromisedMs())
            .add("turns", waits.turns()).add("turnsBetweenMax", waits.turnsBetweenMax())
            .add("isHeld", waits.isHeld());
    }

    private static List<AdmissionBench.Waits> kinds(AdmissionBench.Result waits) {
        List<AdmissionBench.Waits> kinds = new ArrayList<>(waits.sizes());
        kinds.addAll(waits.tenants());
        kinds.addAll(waits.pairs());
        return kinds;
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
