package dev.baton.sim.chaos;

import java.util.Locale;

import dev.baton.sim.time.Chance;

/**
 * Where the clocks of simulated processes begin. A clock's origin means nothing, so nothing that happens may depend on it (S17). None passes the last number
 * there is, which takes 292 years: timers would be wrong then.
 */
enum Origins {
    /** Anywhere. */
    DRAWN,
    /** Anywhere else, each node by as much in all its lives. */
    ELSEWHERE,
    /** Each process's clock shows 0 a while after it began. */
    THROUGH_ZERO,
    /** Each of these, one after the other; see {@link Twins}. */
    ALL;

    private static final long SECOND = 1_000_000_000L;
    private static final long PASSES_WITHIN_NS = 10 * SECOND;

    /**
     * What the clock of a process shows as it begins.
     *
     * @param drawnNs by its seed
     */
    long ofNs(long seed, int node, long drawnNs) {
        Chance chance = Chance.of(seed, "origins" + node);
        return switch (this) {
            case DRAWN, ALL -> drawnNs;
            case ELSEWHERE -> drawnNs + chance.nextLong();
            case THROUGH_ZERO -> -chance.between(0, PASSES_WITHIN_NS);
        };
    }

    /** As the command's option takes it. */
    String tag() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
