package dev.baton.sim.chaos;

import java.util.EnumSet;

/**
 * Plays a seed, and once more for each other origin that its clocks could have: a process tells others durations alone, so the same must happen to the
 * last message (S17).
 */
final class Twins {
    private Twins() {}

    /** As the seed itself; where one of its twins is not alike, that is what it broke, whatever else it breaks. */
    static SeedResult play(long seed, Scope scope) {
        SeedResult drawn = one(seed, scope.origins(Origins.DRAWN));
        for (Origins origins : EnumSet.of(Origins.ELSEWHERE, Origins.THROUGH_ZERO)) {
            SeedResult other = one(seed, scope.origins(origins));
            if (other.hash() != drawn.hash() || !why(other).equals(why(drawn))) {
                return drawn.breaking(new Violation("S17", "what happens depends on where clocks begin: --origins " + origins.tag() + " events=" +
                    other.events() + " hash=" + Long.toHexString(other.hash()) + " endMs=" + other.virtualNs() / 1_000_000 + why(other) +
                    ", and without events=" + drawn.events() + " hash=" + Long.toHexString(drawn.hash()) + " endMs=" +
                    drawn.virtualNs() / 1_000_000 + why(drawn)));
            }
        }
        return drawn;
    }

    private static SeedResult one(long seed, Scope scope) {
        return new Cluster(new Plan(seed, scope), false).run();
    }

    /** An agent's exception may tell times of its clock. */
    private static String why(SeedResult result) {
        return result.violation() == null ? "" : " broke=" + result.violation().invariant();
    }
}
