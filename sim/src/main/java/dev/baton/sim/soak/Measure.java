package dev.baton.sim.soak;

/**
 * Something that a run measured.
 *
 * @param name  what, with its unit at the end
 * @param bound what it must not pass; NaN where nothing is promised
 */
record Measure(String name, double value, double bound) {
    boolean isWithin() {
        return Double.isNaN(bound) || value <= bound;
    }
}
