package dev.baton.sim.check;

/** An invariant does not hold. */
final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String invariant;

    Broken(String invariant, String detail) {
        super(detail, null, false, false);
        this.invariant = invariant;
    }

    /** Its id in the protocol's table, as "S2". */
    String invariant() {
        return invariant;
    }
}
