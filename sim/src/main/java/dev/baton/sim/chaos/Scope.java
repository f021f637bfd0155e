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
 * @param isRanked    every request is sent by all prefill nodes together, each with some of the shards
 * @param isCarded    every seed's lanes are those of RDMA, by the production's own code over simulated cards
 * @param isFetching  every seed's requests have names, and receivers fetch their beginnings from senders that may have them
 */
record Scope(int requestsMax, Set<FaultKind> without, Set<Integer> dropped, boolean isRanked, boolean isCarded, boolean isFetching) {
    static final Scope ALL = new Scope(Integer.MAX_VALUE, Set.of(), Set.of(), false, false, false);

    Scope {
        without = without.isEmpty() ? Set.of() : EnumSet.copyOf(without);
        dropped = new TreeSet<>(dropped);
    }

    Scope requestsMax(int value) {
        return new Scope(value, without, dropped, isRanked, isCarded, isFetching);
    }

    Scope without(Set<FaultKind> value) {
        return new Scope(requestsMax, value, dropped, isRanked, isCarded, isFetching);
    }

    Scope dropped(Set<Integer> value) {
        return new Scope(requestsMax, without, value, isRanked, isCarded, isFetching);
    }

    Scope ranked() {
        return new Scope(requestsMax, without, dropped, true, isCarded, isFetching);
    }

    Scope fetching() {
        return new Scope(requestsMax, without, dropped, isRanked, isCarded, true);
    }

    boolean hasFault(Fault fault) {
        return !without.contains(fault.kind()) && !dropped.contains(fault.index());
    }

    /** As options of the command. */
    String options() {
        return (isRanked ? " --ranks" : "") + (isCarded ? " --cards" : "") + (isFetching ? " --fetches" : "") + (requestsMax == Integer.MAX_VALUE ? "" : " --requests " + requestsMax) +
            (without.isEmpty() ? "" : " --without " + without.stream().map(FaultKind::tag).sorted()
                .collect(Collectors.joining(","))) +
            (dropped.isEmpty() ? "" : " --drop " + dropped.stream().map(String::valueOf)
                .collect(Collectors.joining(",")));
    }
}
