package dev.baton.sim.chaos;

import java.util.List;
import java.util.Map;

/** What became of one seed. {@code violation} is null where every invariant held. */
record SeedResult(long seed, Violation violation, long events, long hash, long virtualNs, Map<String, Integer> faults,
    Map<String, Integer> transitions, List<String> history) {}
