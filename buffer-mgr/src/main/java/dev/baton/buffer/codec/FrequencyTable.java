package dev.baton.buffer.codec;

import java.util.Arrays;

/**
 * How often each of 256 symbols comes, in 4,096ths, for {@link Rans}. One thread; used over and over.
 * <pre>
 *   in bytes  u8 last symbol | per symbol from 0 to it: u8 below 128, else u8 0x80 + high, u8 low
 * </pre>
 */
final class FrequencyTable {
    static final int BITS = 12;
    static final int MASK = (1 << BITS) - 1;
    static final int SYMBOLS = 256;
    /** Most bytes of one table. */
    static final int LENGTH_MAX = 1 + 2 * SYMBOLS;

    private static final int TOTAL = 1 << BITS;

    private final int[] frequencies = new int[SYMBOLS];
    private final int[] starts = new int[SYMBOLS];
    /** 2^62 divided by the frequency and rounded up: a division by multiplication. */
    private final long[] reciprocals = new long[SYMBOLS];
    /** All that decoding asks of a slot: symbol in bits 0 to 7, frequency less 1 from 8, slot less start from 20. */
    private final int[] slots = new int[TOTAL];

    int frequency(int symbol) {
        return frequencies[symbol];
    }

    int start(int symbol) {
        return starts[symbol];
    }

    /** A state below 2^32 divided by the symbol's frequency; exact, for the reciprocal errs by less than that shows. */
    long quotient(long state, int symbol) {
        return Math.multiplyHigh(state << 2, reciprocals[symbol]);
    }

    int slot(int index) {
        return slots[index];
    }

    /** Takes on what was counted, at least one symbol; each that was seen keeps a frequency of at least 1. */
    void count(int[] counts) {
        long total = 0;
        for (int count : counts) {
            total += count;
        }
        int left = TOTAL;
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            long share = (counts[symbol] * (long) TOTAL + total / 2) / total;
            frequencies[symbol] = counts[symbol] == 0 ? 0 : (int) Math.max(1, share);
            left -= frequencies[symbol];
        }
        while (left != 0) {   // rounding: the most frequent gives or takes, which costs least
            int most = 0;
            for (int symbol = 1; symbol < SYMBOLS; symbol++) {
                most = frequencies[symbol] > frequencies[most] ? symbol : most;
            }
            int change = Math.max(left, 1 - frequencies[most]);
            frequencies[most] += change;
            left -= change;
        }
        for (int symbol = 0, start = 0; symbol < SYMBOLS; start += frequencies[symbol], symbol++) {
            starts[symbol] = start;
            reciprocals[symbol] = frequencies[symbol] == 0 ? 0 : (1L << 62) / frequencies[symbol] + 1;
        }
    }

    /** Returns where the bytes end. */
    int write(byte[] out, int at) {
        int last = SYMBOLS - 1;
        while (frequencies[last] == 0) {
            last--;
        }
        int end = at;
        out[end++] = (byte) last;
        for (int symbol = 0; symbol <= last; symbol++) {
            if (frequencies[symbol] >= 0x80) {
                out[end++] = (byte) (0x80 | (frequencies[symbol] >>> 8));
            }
            out[end++] = (byte) frequencies[symbol];
        }
        return end;
    }

    /**
     * Reads what {@link #write} wrote, from any bytes before {@code end}, and returns where it ended.
     * @throws CodecException if they are no table: too short, or not 4,096 in all
     */
    int read(byte[] in, int from, int end) {
        CodecException.require(from < end, "tableBytes", end - from);
        int last = in[from] & 0xff;
        int at = from + 1;
        int start = 0;
        Arrays.fill(frequencies, 0);
        for (int symbol = 0; symbol <= last; symbol++) {
            CodecException.require(at < end, "tableBytes", end - from);
            int frequency = in[at++] & 0xff;
            if (frequency >= 0x80) {
                CodecException.require(at < end, "tableBytes", end - from);
                frequency = ((frequency & 0x7f) << 8) | (in[at++] & 0xff);
            }
            CodecException.require(start + frequency <= TOTAL, "frequencies", start + frequency);
            frequencies[symbol] = frequency;
            starts[symbol] = start;
            for (int slot = 0; slot < frequency; slot++) {
                slots[start + slot] = symbol | ((frequency - 1) << 8) | (slot << 20);
            }
            start += frequency;
        }
        CodecException.require(start == TOTAL, "frequencies", start);
        return at;
    }
}
