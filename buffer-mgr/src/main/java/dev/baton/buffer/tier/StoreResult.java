package dev.baton.buffer.tier;

/** What became of a store. */
public enum StoreResult {
    /** It can be found. */
    STORED,
    /** It was there already, or is being stored: nothing was written. */
    PRESENT,
    /** The device took it not, or not whole: it cannot be found. */
    FAILED
}
