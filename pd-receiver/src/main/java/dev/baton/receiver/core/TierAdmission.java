package dev.baton.receiver.core;

import java.util.Locale;

/** Which of the blocks that land in the pool go down to the tier below as well. */
public enum TierAdmission {
    /** Each, once it is whole. */
    ALL,
    /** That which is asked for again: found in the pool, or landed once more. What is never asked for again costs no write. */
    SECOND_TOUCH;

    /** As on a command line: {@code second-touch}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
