package dev.baton.buffer.tier;

import java.util.Arrays;

/**
 * When blocks were touched last, and as what class, whether or not they are still cached: a sample of all keys, chosen
 * by their hash, so that a key is always or never in it. Bounded: a full bucket forgets its oldest key. Nine bytes an
 * entry. One owner.
 */
final class TouchHistory {
    private static final int WAYS = 8;
    private static final int ENTRIES_MAX = 1 << 17;
    private static final int ENTRIES_PER_SLOT = 32;
    /** Keys wanted in the sample for each block of the cache, where the table is large enough. */
    private static final int KEYS_PER_SLOT = 16;

    /** Fingerprint in the upper half, touch in the lower. */
    private final long[] entries;
    private final byte[] classes;
    private final int bucketMask;
    private final long sampleMask;

    TouchHistory(int slotCount) {
        long wanted = Math.min(ENTRIES_MAX, (long) ENTRIES_PER_SLOT * slotCount);
        int length = Integer.highestOneBit((int) Math.max(64, wanted));
        entries = new long[length];
        classes = new byte[length];
        Arrays.fill(classes, (byte) -1);
        bucketMask = length / WAYS - 1;
        sampleMask = Long.highestOneBit(Math.max(1, (long) KEYS_PER_SLOT * slotCount / length)) - 1;
    }

    /** Whether the key is of the sample. */
    boolean isSampled(long keyHash) {
        return ((keyHash >>> 20) & sampleMask) == 0;
    }

    /**
     * Notes a touch, and tells the rates if the key was touched before.
     *
     * @param sinceTouch exposure up to this touch was told already, by {@link #expose}
     */
    void onTouch(long keyHash, int blockClass, long touch, long sinceTouch, ReuseRates rates) {
        int base = ((int) (keyHash >>> 3) & bucketMask) * WAYS;
        int place = base;
        long oldestAge = -1;
        for (int at = base; at < base + WAYS; at++) {
            long age = classes[at] < 0 ? Integer.MAX_VALUE : (touch - entries[at]) & 0xffffffffL;
            if (classes[at] >= 0 && (entries[at] ^ keyHash) >>> 32 == 0) {
                rates.onReuse(classes[at], age);
                rates.onExposure(classes[at], age, Math.min(age, touch - sinceTouch));
                place = at;
                break;
            }
            if (age > oldestAge) {
                oldestAge = age;
                place = at;
            }
        }
        entries[place] = (keyHash & 0xffffffff00000000L) | (touch & 0xffffffffL);
        classes[place] = (byte) blockClass;
    }

    /** Tells the rates how long all keys have waited since {@code sinceTouch}, and forgets those older than the age. */
    void expose(long touch, long sinceTouch, long ageMax, ReuseRates rates) {
        for (int at = 0; at < entries.length; at++) {
            if (classes[at] >= 0) {
                long age = (touch - entries[at]) & 0xffffffffL;
                if (age > ageMax) {
                    classes[at] = -1;
                } else {
                    rates.onExposure(classes[at], age, Math.min(age, touch - sinceTouch));
                }
            }
        }
    }

    long bookkeepingBytes() {
        return 64 + 9L * entries.length;
    }
}
