package dev.baton.sender.engine;

import java.util.Arrays;

import dev.baton.sender.core.HandoffSpec;

/**
 * How much one receiver's handoffs may have of what all share, handoffs and the window: three times as much as is left then, once this sender hands off to more
 * than one. So whoever is slow, or gone, leaves the others some of it (L7), however much goes there. Of destination-first handoffs alone: where others go is
 * not known when they are staged. Engine's thread; allocates only where a receiver is new.
 */
final class PeerShares {
    private static final int TIMES_WHAT_IS_LEFT = 3;

    private int[] handoffs = new int[4];
    private long[] extents = new long[4];
    private boolean[] isKnown = new boolean[4];
    private int known;

    /**
     * @param peer as of {@link HandoffSpec#peer()}
     * @param free handoffs that may begin now
     */
    boolean mayBegin(int peer, int free) {
        return !isShared(peer) || handoffs[peer] == 0 || isWithin(handoffs[peer], 1, free);
    }

    void begun(int peer) {
        if (peer == HandoffSpec.ANY_PEER) {
            return;
        }
        grow(peer);
        if (!isKnown[peer]) {
            isKnown[peer] = true;
            known++;
        }
        handoffs[peer]++;
    }

    void ended(int peer) {
        if (peer != HandoffSpec.ANY_PEER) {
            handoffs[peer]--;
        }
    }

    /**
     * @param count extents of the window that it takes
     * @param free  extents of it that may be taken now
     */
    boolean mayTake(int peer, long count, long free) {
        return !isShared(peer) || extents[peer] == 0 || isWithin(extents[peer], count, free);
    }

    /** Of a handoff that has begun; negative when it is given back. */
    void took(int peer, long count) {
        if (peer != HandoffSpec.ANY_PEER) {
            extents[peer] += count;
        }
    }

    private static boolean isWithin(long has, long more, long free) {
        return has + more <= TIMES_WHAT_IS_LEFT * (free - more);
    }

    /** Whether others may want it, too. One that is new has nothing yet. */
    private boolean isShared(int peer) {
        return peer != HandoffSpec.ANY_PEER && peer < isKnown.length && isKnown[peer] && known > 1;
    }

    private void grow(int peer) {
        if (peer >= handoffs.length) {
            int length = Math.max(peer + 1, 2 * handoffs.length);
            handoffs = Arrays.copyOf(handoffs, length);
            extents = Arrays.copyOf(extents, length);
            isKnown = Arrays.copyOf(isKnown, length);
        }
    }
}
