package dev.baton.buffer.tier;

/**
 * Remembers which keys left lately, by 32 bits of their hash: the last {@code capacity} of them, less those that a full
 * bucket pushed out. Buckets of eight, 16 bytes a key. One owner.
 */
final class GhostTable {
    private static final int WAYS = 8;

    /** Fingerprint in the upper half, number of the departure in the lower; 0: empty. */
    private final long[] table;
    private final int bucketMask;
    private final int capacity;
    private int departures;

    GhostTable(int capacity) {
        this.capacity = Math.max(1, capacity);
        int buckets = Integer.highestOneBit(Math.max(1, (2 * this.capacity - 1) / WAYS)) << 1;
        table = new long[buckets * WAYS];
        bucketMask = buckets - 1;
    }

    void add(long keyHash) {
        int base = base(keyHash);
        int oldest = base;
        int oldestAge = -1;
        departures++;
        for (int at = base; at < base + WAYS; at++) {
            int age = table[at] == 0 ? Integer.MAX_VALUE : departures - (int) table[at];
            if (fingerprint(table[at]) == fingerprint(keyHash)) {
                age = Integer.MAX_VALUE;
            }
            if (age > oldestAge) {
                oldest = at;
                oldestAge = age;
            }
        }
        table[oldest] = (keyHash & 0xffffffff00000000L) | (departures & 0xffffffffL);
    }

    /** Whether the key is remembered; it is forgotten by this. */
    boolean take(long keyHash) {
        int base = base(keyHash);
        for (int at = base; at < base + WAYS; at++) {
            if (table[at] != 0 && fingerprint(table[at]) == fingerprint(keyHash)) {
                boolean isRecent = departures - (int) table[at] < capacity;
                table[at] = 0;
                return isRecent;
            }
        }
        return false;
    }

    long bookkeepingBytes() {
        return 32 + 8L * table.length;
    }

    private int base(long keyHash) {
        return ((int) keyHash & bucketMask) * WAYS;
    }

    private static int fingerprint(long entry) {
        return (int) (entry >>> 32);
    }
}
