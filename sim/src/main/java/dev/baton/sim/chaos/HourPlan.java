package dev.baton.sim.chaos;

import dev.baton.sim.time.Chance;

/**
 * An hour and more instead of seconds: what is remembered for minutes is forgotten meanwhile, sessions and their counters grow old, and some faults last for
 * most of it. No directory and no scheduler are there all that time (L9).
 */
final class HourPlan {
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR_SECONDS = 3_600;
    private static final int TIMES_AS_MANY = 5;
    private static final int DOUBLINGS_MAX = 8;

    private HourPlan() {}

    /** Until everything heals. */
    static long chaosNs(Scope scope, long drawnSeconds) {
        return (scope.has(Focus.HOURS) ? HOUR_SECONDS + drawnSeconds * 60 : drawnSeconds) * SECOND;
    }

    /** Requests, or faults. */
    static int count(Scope scope, long drawn) {
        return (int) drawn * (scope.has(Focus.HOURS) ? TIMES_AS_MANY : 1);
    }

    /** How long a fault lasts, unless all heals before. */
    static long faultNs(Scope scope, Chance chance, long drawnNs) {
        return scope.has(Focus.HOURS) ? drawnNs << chance.below(DOUBLINGS_MAX + 1) : drawnNs;
    }
}
