package dev.baton.receiver.core;

/**
 * Remembers blocks that were touched, by 64 bits of their names, in a table that does not grow: a place that another block took
 * is forgotten, which costs that block one touch more. 512 KiB. Control agent's thread.
 */
final class TouchedOnce {
    private static final int PLACES = 1 << 16;

    private final long[] hashes = new long[PLACES];

    /** Whether it was touched before, for all that is remembered; it is now. */
    boolean touch(long hash) {
        int place = (int) (hash >>> 48);
        boolean wasThere = hashes[place] == hash;
        hashes[place] = hash;
        return wasThere;
    }
}
