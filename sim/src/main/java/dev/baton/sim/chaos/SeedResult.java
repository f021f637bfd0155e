package dev.baton.sim.chaos;

import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.sender.core.OutboundState;

/**
 * What became of one seed.
 *
 * @param violation null where every invariant held
 * @param cpuNs     what its thread worked for it; the one thing here that differs from run to run
 * @param enabled   kinds of faults that it had on
 * @param faults    how often which one happened, by kind and by some finer names
 */
record SeedResult(long seed, Violation violation, long events, long hash, long virtualNs, long cpuNs,
    Set<FaultKind> enabled, Map<String, Integer> faults, StateSteps<ReservationState> reservations, StateSteps<OutboundState> handoffs,
    Map<String, Integer> below, Map<String, Integer> seen, List<String> history) {
    /** The same, and it broke that. */
    SeedResult breaking(Violation other) {
        return new SeedResult(seed, other, events, hash, virtualNs, cpuNs, enabled, faults, reservations, handoffs, below, seen, history);
    }
}
