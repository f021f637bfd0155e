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
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> transitions = new TreeMap<>();
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
        result.faults().forEach((kind, count) -> faults.merge(kind, (long) count, Long::sum));
        result.transitions().forEach((step, count) -> transitions.merge(step, (long) count, Long::sum));
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
        return new JsonReport()
            .add("seeds", seeds)
            .add("failures", failures)
            .add("firstFailure", firstFailure == null ? -1 : firstFailure)
            .add("why", firstWhy)
            .add("events", events)
            .add("eventHash", Long.toHexString(hash))
            .add("scope", scope.options().trim())
            .add("broken", counts(broken))
            .add("faults", counts(faults))
            .add("transitions", counts(transitions))
            .add("below", counts(below))
            .add("seen", counts(seen));
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

    private static JsonReport counts(Map<String, Long> from) {
        JsonReport report = new JsonReport();
        from.forEach(report::add);
        return report;
    }

    void print(PrintWriter out, double seconds) {
        out.println(String.format(Locale.ROOT,
            "%d seeds, %d failed, %d events, %.0f virtual seconds, %.1f s: %.0f seeds/s, %.0f events/s; " +
            "of one core: %.1f s, %.0f seeds/s, %.0f events/s; hash %s",
            seeds, failures, events, virtualSeconds, seconds, seeds / seconds, events / seconds, cpuSeconds,
            seeds / cpuSeconds, events / cpuSeconds, Long.toHexString(hash)));
        print(out, "broken", broken);
        print(out, "faults injected", faults);
        print(out, "steps of reservations", transitions);
        print(out, "below the pools", below);
        print(out, "seen in some seeds", seen);
    }

    private static void print(PrintWriter out, String title, Map<String, Long> counts) {
        if (!counts.isEmpty()) {
            out.println(title + ":");
            counts.forEach((name, count) -> out.println(String.format(Locale.ROOT, "  %-28s %12d", name, count)));
        }
    }
}
