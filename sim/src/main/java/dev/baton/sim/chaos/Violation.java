package dev.baton.sim.chaos;

/** An invariant of PROTOCOL.md, section 1, did not hold. Ends the seed. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String invariant;

    Violation(String invariant, String facts) {
        super(invariant + ": " + facts);
        this.invariant = invariant;
    }

    Violation(String invariant, String facts, Throwable cause) {
        super(invariant + ": " + facts, cause);
        this.invariant = invariant;
    }

    /** "S2", "L1", ... */
    String invariant() {
        return invariant;
    }
}
