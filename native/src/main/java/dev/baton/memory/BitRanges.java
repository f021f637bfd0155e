package dev.baton.memory;

/**
 * Operations on ranges of bits in {@code long[]} bitmaps, a word at a time: bit {@code i} is bit {@code i & 63} of word
 * {@code i >>> 6}. Ranges are {@code [first, first + count)}, count at least 1, unchecked.
 */
public final class BitRanges {
    private BitRanges() {}

    /** Words that hold {@code bits} bits. */
    public static int wordCount(int bits) {
        return (bits + 63) >>> 6;
    }

    public static boolean isSet(long[] words, int index) {
        return ((words[index >>> 6] >>> index) & 1L) != 0;
    }

    /** Whether every bit of the range is set. */
    public static boolean isAllSet(long[] words, int first, int count) {
        int word = first >>> 6;
        int lastWord = (first + count - 1) >>> 6;
        long mask = headMask(first);
        if (word == lastWord) {
            mask &= tailMask(first + count);
            return (words[word] & mask) == mask;
        }
        if ((words[word] & mask) != mask) {
            return false;
        }
        while (++word < lastWord) {
            if (words[word] != -1L) {
                return false;
            }
        }
        mask = tailMask(first + count);
        return (words[lastWord] & mask) == mask;
    }

    /** Whether no bit of the range is set. */
    public static boolean isNoneSet(long[] words, int first, int count) {
        int word = first >>> 6;
        int lastWord = (first + count - 1) >>> 6;
        long mask = headMask(first);
        if (word == lastWord) {
            return (words[word] & mask & tailMask(first + count)) == 0;
        }
        if ((words[word] & mask) != 0) {
            return false;
        }
        while (++word < lastWord) {
            if (words[word] != 0) {
                return false;
            }
        }
        return (words[lastWord] & tailMask(first + count)) == 0;
    }

    public static void set(long[] words, int first, int count) {
        int word = first >>> 6;
        int lastWord = (first + count - 1) >>> 6;
        if (word == lastWord) {
            words[word] |= headMask(first) & tailMask(first + count);
            return;
        }
        words[word] |= headMask(first);
        while (++word < lastWord) {
            words[word] = -1L;
        }
        words[lastWord] |= tailMask(first + count);
    }

    public static void clear(long[] words, int first, int count) {
        int word = first >>> 6;
        int lastWord = (first + count - 1) >>> 6;
        if (word == lastWord) {
            words[word] &= ~(headMask(first) & tailMask(first + count));
            return;
        }
        words[word] &= ~headMask(first);
        while (++word < lastWord) {
            words[word] = 0;
        }
        words[lastWord] &= ~tailMask(first + count);
    }

    /** Index of the first set bit in {@code [from, end)}, or {@code end}. */
    public static int nextSet(long[] words, int from, int end) {
        if (from >= end) {
            return end;
        }
        int word = from >>> 6;
        long bits = words[word] & headMask(from);
        while (bits == 0) {
            if (++word << 6 >= end) {
                return end;
            }
            bits = words[word];
        }
        return Math.min(end, (word << 6) + Long.numberOfTrailingZeros(bits));
    }

    /** Index of the first clear bit in {@code [from, end)}, or {@code end}. */
    public static int nextClear(long[] words, int from, int end) {
        if (from >= end) {
            return end;
        }
        int word = from >>> 6;
        long bits = ~words[word] & headMask(from);
        while (bits == 0) {
            if (++word << 6 >= end) {
                return end;
            }
            bits = ~words[word];
        }
        return Math.min(end, (word << 6) + Long.numberOfTrailingZeros(bits));
    }

    private static long headMask(int first) {
        return -1L << first;
    }

    private static long tailMask(int end) {
        return -1L >>> -end;
    }
}
