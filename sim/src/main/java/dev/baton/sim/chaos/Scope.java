package dev.baton.sim.chaos;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What of a seed's schedule is played: all of it, or less, to find out how little it takes to fail.
 *
 * @param requestsMax how many requests, counted from the first
 * @param without     kinds of faults that do not happen
 * @param dropped     scheduled faults that do not happen, by index
 * @param focus       what every seed plays that only some would
 * @param origins     where the clocks of its processes begin
 */
record Scope(int requestsMax, Set<FaultKind> without, Set<Integer> dropped, Set<Focus> focus, Origins origins) {
    static final Scope ALL = new Scope(Integer.MAX_VALUE, Set.of(), Set.of(), Set.of(), Origins.DRAWN);

    Scope {
        without = without.isEmpty() ? Set.of() : EnumSet.copyOf(without);
        dropped = new TreeSet<>(dropped);
        focus = focus.isEmpty() ? Set.of() : EnumSet.copyOf(focus);
    }

    Scope requestsMax(int value) {
        return new Scope(value, without, dropped, focus, origins);
    }

    Scope without(Set<FaultKind> value) {
        return new Scope(requestsMax, value, dropped, focus, origins);
    }

    Scope dropped(Set<Integer> value) {
        return new Scope(requestsMax, without, value, focus, origins);
    }

    Scope on(Focus first, Focus... more) {
        return new Scope(requestsMax, without, dropped, EnumSet.of(first, more), origins);
    }

    Scope origins(Origins value) {
        return new Scope(requestsMax, without, dropped, focus, value);
    }

    boolean has(Focus one) {
        return focus.contains(one);
    }

    boolean hasFault(Fault fault) {
        return !without.contains(fault.kind()) && !dropped.contains(fault.index());
    }

    /** As options of the command. */
    String options() {
        return focus.stream().map(one -> " " + one.option()).collect(Collectors.joining()) +
            (origins == Origins.DRAWN ? "" : " --origins " + origins.tag()) +
            (requestsMax == Integer.MAX_VALUE ? "" : " --requests " + requestsMax) +
            (without.isEmpty() ? "" : " --without " + without.stream().map(FaultKind::tag).sorted()
                .collect(Collectors.joining(","))) +
            (dropped.isEmpty() ? "" : " --drop " + dropped.stream().map(String::valueOf)
                .collect(Collectors.joining(",")));
    }
}
