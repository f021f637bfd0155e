package dev.baton.buffer.tier;

/**
 * About how often a key was asked for lately: a count-min sketch of four rows with counters of four bits, halved after
 * ten times as many calls as the cache has blocks. Source: Einziger, Friedman, Manes, ACM TOS 2017; layout as in
 * Caffeine. Eight to 16 bytes a block. One owner.
 */
final class FrequencySketch {
    private static final long RESET_MASK = 0x7777777777777777L;
    private static final long ONE_MASK = 0x1111111111111111L;
    private static final long ROW_SEED = 0x9e3779b97f4a7c15L;
    private static final int ROWS = 4;

    private final long[] table;
    private final int mask;
    private final int sampleSize;
    private int size;

    FrequencySketch(int slotCount) {
        int length = Integer.highestOneBit(Math.max(8, slotCount) * 2 - 1);
        table = new long[length];
        mask = length - 1;
        sampleSize = (int) Math.min(Integer.MAX_VALUE / 2, 10L * Math.max(8, slotCount));
    }

    /** 0 to 15. */
    int count(long keyHash) {
        int lowest = 15;
        for (int row = 0; row < ROWS; row++) {
            long hash = rowHash(keyHash, row);
            lowest = Math.min(lowest, (int) (table[(int) hash & mask] >>> shift(hash, row)) & 15);
        }
        return lowest;
    }

    void increment(long keyHash) {
        boolean isCounted = false;
        for (int row = 0; row < ROWS; row++) {
            long hash = rowHash(keyHash, row);
            int at = (int) hash & mask;
            int shift = shift(hash, row);
            if (((table[at] >>> shift) & 15) < 15) {
                table[at] += 1L << shift;
                isCounted = true;
            }
        }
        if (isCounted && ++size >= sampleSize) {
            halve();
        }
    }

    long bookkeepingBytes() {
        return 32 + 8L * table.length;
    }

    private void halve() {
        int odd = 0;
        for (int at = 0; at < table.length; at++) {
            odd += Long.bitCount(table[at] & ONE_MASK);
            table[at] = (table[at] >>> 1) & RESET_MASK;
        }
        size = (size - (odd >>> 2)) >>> 1;
    }

    private static long rowHash(long keyHash, int row) {
        long mixed = (keyHash + row * ROW_SEED) * 0xbf58476d1ce4e5b9L;
        return mixed ^ (mixed >>> 32);
    }

    /** Each row has four of the word's sixteen counters to itself. */
    private static int shift(long hash, int row) {
        return (int) (((hash >>> 58) & 3) * ROWS + row) << 2;
    }
}
