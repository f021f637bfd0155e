package dev.baton.sim.chaos;

import java.util.List;
import java.util.Map;

/**
 * What became of one seed.
 *
 * @param violation null where every invariant held
 * @param cpuNs     what its thread worked for it; the one thing here that differs from run to run
 */
record SeedResult(long seed, Violation violation, long events, long hash, long virtualNs, long cpuNs,
    Map<String, Integer> faults, Map<String, Integer> transitions, Map<String, Integer> below, Map<String, Integer> seen, List<String> history) {}
