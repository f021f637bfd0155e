package dev.baton.buffer.reserve;

import dev.baton.platform.SplitMix;

/**
 * Finds the live reservation of a handoff: (tenant, 128-bit request id, attempt) (PROTOCOL.md, S8). Open addressing
 * over at least twice as many places as reservations, with linear probing; nothing is boxed and nothing grows. One
 * owner.
 */
final class HandoffIndex {
    private final Reservation[] table;
    private final int mask;
    private final long seed;

    /** @param seed keeps peers from choosing ids that all fall on one place */
    HandoffIndex(int reservationsMax, long seed) {
        int length = Integer.highestOneBit(Math.max(2, reservationsMax) - 1) << 2;
        table = new Reservation[length];
        mask = length - 1;
        this.seed = seed;
    }

    Reservation findOrNull(long tenantHash, long requestHigh, long requestLow, int attempt) {
        return findOrNull(home(tenantHash, requestHigh, requestLow, attempt), tenantHash, requestHigh, requestLow,
            attempt);
    }

    /** As the other, for one who has computed the {@link #home} already. */
    Reservation findOrNull(int home, long tenantHash, long requestHigh, long requestLow, int attempt) {
        for (int at = home; table[at] != null; at = (at + 1) & mask) {
            Reservation found = table[at];
            if (found.requestLow() == requestLow && found.requestHigh() == requestHigh && found.attempt() == attempt &&
                found.tenantHash() == tenantHash) {
                return found;
            }
        }
        return null;
    }

    void add(Reservation reservation, int home) {
        reservation.home = home;
        int at = home;
        while (table[at] != null) {
            at = (at + 1) & mask;
        }
        table[at] = reservation;
    }

    void remove(Reservation reservation) {
        int gap = reservation.home;
        while (table[gap] != reservation) {
            if (table[gap] == null) {
                throw new IllegalStateException("not in the index: " + reservation);
            }
            gap = (gap + 1) & mask;
        }
        // Entries behind the gap move up into it unless that would put them before their own place.
        for (int at = (gap + 1) & mask; table[at] != null; at = (at + 1) & mask) {
            int home = table[at].home;
            if (((at - home) & mask) >= ((at - gap) & mask)) {
                table[gap] = table[at];
                gap = at;
            }
        }
        table[gap] = null;
    }

    long bookkeepingBytes() {
        return 32 + 4L * table.length;
    }

    /** The place where a search for this handoff begins. */
    int home(long tenantHash, long requestHigh, long requestLow, int attempt) {
        long hash = SplitMix.mix(seed ^ requestHigh ^ Long.rotateLeft(tenantHash, 32));
        return (int) SplitMix.mix(hash ^ (requestLow + attempt * 0x9E3779B97F4A7C15L)) & mask;
    }
}
