package dev.baton.sim.chaos;

import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.sender.core.OutboundState;
import dev.baton.sim.report.JsonReport;

/**
 * What many seeds put to the test: which faults happened, and what states reservations and handoffs came to, by which steps. Counted
 * where it happens, and no part of the event hash.
 */
final class Coverage {
    /** All that was counted: kinds of faults, each of them, and finer names. */
    private final Map<String, Long> faults = new TreeMap<>();
    /** Seeds that had it on, and of those, seeds in which it happened. */
    private final Map<FaultKind, Integer> seedsOn = new EnumMap<>(FaultKind.class);
    private final Map<FaultKind, Integer> seedsHit = new EnumMap<>(FaultKind.class);
    private final StateSteps<ReservationState> reservations = StateSteps.ofReservations();
    private final StateSteps<OutboundState> handoffs = StateSteps.ofHandoffs();

    Coverage() {
        for (FaultKind kind : FaultKind.values()) {
            faults.put(kind.tag(), 0L);
            seedsOn.put(kind, 0);
            seedsHit.put(kind, 0);
        }
    }

    void add(SeedResult result) {
        result.faults().forEach((name, count) -> faults.merge(name, (long) count, Long::sum));
        for (FaultKind kind : result.enabled()) {
            seedsOn.merge(kind, 1, Integer::sum);
            seedsHit.merge(kind, result.faults().containsKey(kind.tag()) ? 1 : 0, Integer::sum);
        }
        reservations.add(result.reservations());
        handoffs.add(result.handoffs());
    }

    /** How often it happened in all seeds. */
    long count(FaultKind kind) {
        return faults.get(kind.tag());
    }

    int seedsOn(FaultKind kind) {
        return seedsOn.get(kind);
    }

    StateSteps<ReservationState> reservations() {
        return reservations;
    }

    StateSteps<OutboundState> handoffs() {
        return handoffs;
    }

    void addTo(JsonReport report) {
        report.add("faults", JsonReport.of(faults))
            .add("faultSeedsOn", seeds(seedsOn))
            .add("faultSeedsHit", seeds(seedsHit))
            .add("states", new JsonReport().add("reservations", JsonReport.of(reservations.entered()))
                .add("handoffs", JsonReport.of(handoffs.entered())))
            .add("transitions", new JsonReport().add("reservations", JsonReport.of(reservations.taken()))
                .add("handoffs", JsonReport.of(handoffs.taken())))
            .add("neverTaken", new JsonReport().addTexts("reservations", reservations.neverTaken())
                .addTexts("handoffs", handoffs.neverTaken()));
    }

    private static JsonReport seeds(Map<FaultKind, Integer> from) {
        JsonReport report = new JsonReport();
        from.forEach((kind, count) -> report.add(kind.tag(), count));
        return report;
    }

    void print(PrintWriter out) {
        out.println("faults that happened, and in how many of the seeds that had them on:");
        Map<String, Long> finer = new TreeMap<>(faults);
        for (FaultKind kind : FaultKind.values()) {
            line(out, kind.tag(), finer.remove(kind.tag()), String.format(Locale.ROOT, "  %6d of %d", seedsHit.get(kind), seedsOn.get(kind)));
        }
        finer.forEach((name, count) -> line(out, name, count, "  of these, or with them"));
        out.println("kinds of faults that were on and never happened: " + words(seedsOn.keySet().stream()
            .filter(kind -> seedsOn(kind) > 0 && count(kind) == 0).map(FaultKind::tag).toList()));
        print(out, "reservations", reservations);
        print(out, "handoffs", handoffs);
    }

    private static void print(PrintWriter out, String what, StateSteps<?> steps) {
        out.println("states that " + what + " came to:");
        steps.entered().forEach((name, count) -> line(out, name, count, ""));
        out.println("steps of " + what + ":");
        steps.taken().forEach((name, count) -> line(out, name, count, ""));
        out.println("legal steps of " + what + " that were never taken: " + words(steps.neverTaken()));
    }

    private static String words(List<String> names) {
        return names.isEmpty() ? "none" : String.join(" ", names);
    }

    private static void line(PrintWriter out, String name, long count, String more) {
        out.println(String.format(Locale.ROOT, "  %-28s %12d", name, count) + more);
    }
}
