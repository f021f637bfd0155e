package dev.baton.sim.soak;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

import dev.baton.platform.Availability;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;

/** All runs of one scenario. Used by one thread. */
final class Tally {
    /** One run is begun again so often where the machine stood still. */
    private static final int AGAIN_MAX = 2;

    private final Scenario scenario;
    private final Map<String, Long> ended = new LinkedHashMap<>();
    private final Map<String, Range> measured = new LinkedHashMap<>();
    private int runs;
    private int failures;
    private int stoodStill;
    private long faults;
    private long delivered;
    private long verifiedBytes;
    private double secondsMax;
    private String firstFailure = "";
    private String skipped = "";

    /** Lowest and highest of one measure. */
    private record Range(double low, double high, double bound) {
        Range with(Measure measure) {
            return new Range(Math.min(low, measure.value()), Math.max(high, measure.value()), bound);
        }
    }

    Tally(Scenario scenario) {
        this.scenario = scenario;
    }

    /** Asked once; what is missing is told in the report. */
    boolean isPossible() {
        if (runs == 0 && skipped.isEmpty() && scenario.possible() instanceof Availability.Absent absent) {
            skipped = absent.describe();
        }
        return skipped.isEmpty();
    }

    String skipped() {
        return skipped;
    }

    int failures() {
        return failures;
    }

    String firstFailure() {
        return firstFailure;
    }

    void run(SplittableRandom random, PrintWriter err) {
        err.println("soak: " + scenario + ": " + scenario.what());
        runs++;
        long startNs = System.nanoTime();
        try {
            add(unlessItStoodStill(random, err), err);
            err.printf("soak: %s: done in %.0f s%n", scenario, (System.nanoTime() - startNs) / 1e9);
        } catch (IOException ex) {
            fail(ex.getMessage(), err);
        }
    }

    private ScenarioResult unlessItStoodStill(SplittableRandom random, PrintWriter err) throws IOException {
        for (int again = 0; again < AGAIN_MAX; again++) {
            try {
                return scenario.run(random);
            } catch (StoodStillException ex) {
                stoodStill++;
                err.println("soak: " + scenario + ": once more, for this machine stood still: " + ex.getMessage());
            }
        }
        return scenario.run(random);
    }

    private void add(ScenarioResult result, PrintWriter err) {
        faults += result.faults();
        delivered += result.delivered();
        verifiedBytes += result.verifiedBytes();
        secondsMax = Math.max(secondsMax, result.seconds());
        result.ended().forEach((reason, count) -> ended.merge(reason, count, Long::sum));
        for (Measure measure : result.measures()) {
            Range before = measured.getOrDefault(measure.name(), new Range(measure.value(), measure.value(), measure.bound()));
            measured.put(measure.name(), before.with(measure));
        }
        result.measures().stream().filter(measure -> !measure.isWithin()).findFirst()
            .ifPresent(measure -> fail("out of bound: " + measure, err));
    }

    private void fail(String why, PrintWriter err) {
        failures++;
        firstFailure = firstFailure.isEmpty() ? why : firstFailure;
        err.println("soak: FAILED " + scenario + ": " + why);
    }

    void rowInto(Table table) {
        table.row(scenario, runs, failures, faults, delivered, skipped.isEmpty() ? ended : "skipped: " + skipped,
            verifiedBytes >> 20, secondsMax);
    }

    /** A row for each thing measured. */
    void measuresInto(Table table) {
        measured.forEach((name, range) -> table.row(scenario, name, runs, range.low(), range.high(),
            Double.isNaN(range.bound()) ? "-" : range.bound()));
    }

    JsonReport json() {
        JsonReport ends = new JsonReport();
        ended.forEach(ends::add);
        JsonReport measures = new JsonReport();
        measured.forEach((name, range) -> {
            JsonReport one = new JsonReport().add("lowest", range.low()).add("highest", range.high());
            measures.add(name, Double.isNaN(range.bound()) ? one : one.add("bound", range.bound()));
        });
        return new JsonReport().add("scenario", scenario.toString()).add("runs", runs).add("stoodStill", stoodStill).add("failures", failures)
            .add("faults", faults).add("delivered", delivered).add("ended", ends).add("verifiedBytes", verifiedBytes)
            .add("idleSecondsMax", secondsMax).add("measured", measures).add("skipped", skipped)
            .add("firstFailure", firstFailure);
    }
}
