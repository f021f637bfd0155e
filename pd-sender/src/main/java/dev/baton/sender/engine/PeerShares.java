package dev.baton.sender.engine;

import java.util.Arrays;

import dev.baton.sender.core.HandoffSpec;

/**
 * How much one receiver's handoffs may have of what all share, handoffs and the window: three times as much as is left then, where this sender has more than
 * one. So whoever is slow, or gone, leaves the others some of it (L7), however much goes there. Of destination-first handoffs alone: where others go is
 * not known when they are staged. Engine's thread, but for {@link #receivers}; allocates only where there are more receivers than before.
 */
final class PeerShares {
    /** Of a handoff that counts for nobody. */
    static final int NONE = -1;
    private static final int TIMES_WHAT_IS_LEFT = 3;

    private volatile int receivers;
    private int[] handoffs = new int[4];
    private long[] extents = new long[4];

    /** So many are dialled. Any thread, one at a time. */
    void receivers(int count) {
        receivers = count;
    }

    /** Whose share it has a part of; {@link #NONE} where that is not known, or no receiver has that number. */
    int of(HandoffSpec spec) {
        int peer = spec.peer();
        if (spec.isSourceFirst() || peer < 0 || peer >= receivers) {
            return NONE;
        }
        if (peer >= handoffs.length) {
            int length = Math.max(peer + 1, 2 * handoffs.length);
            handoffs = Arrays.copyOf(handoffs, length);
            extents = Arrays.copyOf(extents, length);
        }
        return peer;
    }

    /** @param free handoffs that may begin now, whosever */
    boolean mayBegin(int share, int free) {
        return !isBounded(share) || handoffs[share] == 0 || isWithin(handoffs[share], 1, free);
    }

    void begun(int share) {
        if (share != NONE) {
            handoffs[share]++;
        }
    }

    void ended(int share) {
        if (share != NONE) {
            handoffs[share]--;
        }
    }

    /**
     * @param count extents of the window that it takes
     * @param free  extents of it that may be taken now, whosever
     */
    boolean mayTake(int share, long count, long free) {
        return !isBounded(share) || extents[share] == 0 || isWithin(extents[share], count, free);
    }

    /** Of a handoff that has begun; negative when it is given back. */
    void took(int share, long count) {
        if (share != NONE) {
            extents[share] += count;
        }
    }

    /** Of the window, by its handoffs that have begun, in blocks that have yet to go. */
    long extents(int share) {
        return extents[share];
    }

    private static boolean isWithin(long has, long more, long free) {
        return has + more <= TIMES_WHAT_IS_LEFT * (free - more);
    }

    private boolean isBounded(int share) {
        return share != NONE && receivers > 1;
    }
}
