package dev.baton.sim.chaos;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import dev.baton.sim.report.JsonReport;
import dev.baton.sim.time.Chance;

/** What many seeds came to. */
final class Tally {
    private final Scope scope;
    private final Coverage coverage = new Coverage();
    private final Map<String, Long> below = new TreeMap<>();
    private final Map<String, Long> seen = new TreeMap<>();
    private final Map<String, Long> broken = new TreeMap<>();
    private int seeds;
    private int failures;
    private Long firstFailure;
    private String firstWhy = "";
    private long events;
    private long hash;
    private double virtualSeconds;
    private double cpuSeconds;

    Tally(Scope scope) {
        this.scope = scope;
    }

    void add(SeedResult result) {
        seeds++;
        events += result.events();
        hash = Chance.mix(hash) + result.hash();
        virtualSeconds += result.virtualNs() / 1e9;
        cpuSeconds += result.cpuNs() / 1e9;
        coverage.add(result);
        result.below().forEach((what, count) -> below.merge(what, (long) count, Long::sum));
        result.seen().forEach((what, count) -> seen.merge(what, (long) count, Long::sum));
        if (result.violation() != null) {
            failures++;
            broken.merge(result.violation().invariant(), 1L, Long::sum);
            if (firstFailure == null) {
                firstFailure = result.seed();
                firstWhy = result.violation().getMessage();
            }
        }
    }

    Scope scope() {
        return scope;
    }

    Coverage coverage() {
        return coverage;
    }

    int failures() {
        return failures;
    }

    long hash() {
        return hash;
    }

    long events() {
        return events;
    }

    int seeds() {
        return seeds;
    }

    /** The first seed that failed, or null. */
    Long firstFailure() {
        return firstFailure;
    }

    String firstWhy() {
        return firstWhy;
    }

    /** Holds no times: the same seeds give the same bytes. */
    JsonReport json() {
        JsonReport report = new JsonReport()
            .add("seeds", seeds)
            .add("failures", failures)
            .add("firstFailure", firstFailure == null ? -1 : firstFailure)
            .add("why", firstWhy)
            .add("events", events)
            .add("eventHash", Long.toHexString(hash))
            .add("scope", scope.options().trim())
            .add("broken", JsonReport.of(broken));
        coverage.addTo(report);
        return report.add("below", JsonReport.of(below)).add("seen", JsonReport.of(seen));
    }

    /** As {@link #json()}, and how fast it was: of the clock on the wall, and of one core by the time that players worked. */
    JsonReport jsonWithRates(double seconds) {
        return json()
            .add("seconds", seconds)
            .add("cpuSeconds", cpuSeconds)
            .add("seedsPerSecond", seeds / seconds)
            .add("eventsPerSecond", events / seconds)
            .add("seedsPerCoreSecond", seeds / cpuSeconds)
            .add("eventsPerCoreSecond", events / cpuSeconds);
    }

    /** How far a run is. */
    String progress(int seedsMax, double seconds) {
        return String.format(Locale.ROOT, "seeds: %d of %d, %d failed, %.0f/s", seeds, seedsMax, failures, seeds / seconds);
    }

    /** As a row for {@link SeedRecord}. */
    String row(long from, String commit) {
        return String.format(Locale.ROOT, "| %d to %d%s | `%s` | %d | %d | `%s` |", from, from + seeds - 1,
            scope.options(), commit, failures, events, Long.toHexString(hash));
    }

    void print(PrintWriter out, double seconds) {
        out.println(String.format(Locale.ROOT,
            "%d seeds, %d failed, %d events, %.0f virtual seconds, %.1f s: %.0f seeds/s, %.0f events/s; " +
            "of one core: %.1f s, %.0f seeds/s, %.0f events/s; hash %s",
            seeds, failures, events, virtualSeconds, seconds, seeds / seconds, events / seconds, cpuSeconds,
            seeds / cpuSeconds, events / cpuSeconds, Long.toHexString(hash)));
        print(out, "broken", broken);
        print(out, "below the pools", below);
        print(out, "seen in some seeds", seen);
        coverage.print(out);
    }

    private static void print(PrintWriter out, String title, Map<String, Long> counts) {
        if (!counts.isEmpty()) {
            out.println(title + ":");
            counts.forEach((name, count) -> out.println(String.format(Locale.ROOT, "  %-28s %12d", name, count)));
        }
    }
}
