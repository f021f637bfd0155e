package dev.baton.sim.deadlock;

import java.util.Locale;

/** When a request gets its memory. */
public enum Admission {
    /**
     * An extent for each chunk as it arrives, as engines do that this project replaces. Lives here, not in the product.
     */
    CHUNK,

    /** All extents of a request in one step before its first chunk, by the product's own ledger and queue. */
    REQUEST;

    /** The word a user types. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
