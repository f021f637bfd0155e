package dev.baton.buffer.codec;

/**
 * Entropy coding of symbols 0 to 255 by range asymmetric numeral systems: four interleaved states of 32 bits, renewed
 * 16 bits at a time, frequencies in 4,096ths. Each symbol has a {@link FrequencyTable}, chosen by the caller on both
 * sides alike. Symbols are encoded from last to first, as the states give them back in reverse. Source: J. Duda,
 * arXiv 1311.2540; the interleaving is F. Giesen's, arXiv 1402.3392. One thread.
 */
final class Rans {
    /** Four states and nothing else. */
    static final int LENGTH_MIN = 16;

    private static final long LOW = 1L << 16;

    private Rans() {}

    /** Most bytes for so many symbols: no symbol takes more than 12 bits and one renewal. */
    static long lengthMax(long symbols) {
        return LENGTH_MIN + 2 * symbols;
    }

    /**
     * Encodes {@code count} symbols to the end of {@code out}.
     * @param tables table of symbol i is {@code tables[choices[i]]}; it must give the symbol a frequency
     * @return where in {@code out} the result begins; it ends with the array
     */
    static int encode(byte[] symbols, byte[] choices, int count, FrequencyTable[] tables, byte[] out) {
        long s0 = LOW;
        long s1 = LOW;
        long s2 = LOW;
        long s3 = LOW;
        int at = out.length;
        for (int i = count - 1; i >= 0; i--) {
            FrequencyTable table = tables[choices[i]];
            int symbol = symbols[i] & 0xff;
            long frequency = table.frequency(symbol);
            long state = s3;
            if (state >= frequency << 20) {
                at -= 2;
                out[at] = (byte) state;
                out[at + 1] = (byte) (state >>> 8);
                state >>>= 16;
            }
            long quotient = table.quotient(state, symbol);
            state = (quotient << FrequencyTable.BITS) + (state - quotient * frequency) + table.start(symbol);
            // The states take turns: the one just used goes behind the others.
            s3 = s2;
            s2 = s1;
            s1 = s0;
            s0 = state;
        }
        at = putState(out, at, s3);
        at = putState(out, at, s2);
        at = putState(out, at, s1);
        return putState(out, at, s0);
    }

    private static int putState(byte[] out, int at, long state) {
        Memory.INT_OF_BYTES.set(out, at - 4, (int) state);
        return at - 4;
    }

    /**
     * Decodes {@code count} symbols from {@code in[at, end)}. Whatever the bytes are, it ends after so many symbols.
     * @throws CodecException unless these are exactly the bytes that encoding such symbols would give
     */
    static void decode(byte[] in, int at, int end, byte[] choices, int count, FrequencyTable[] tables, byte[] symbols) {
        CodecException.require(end - at >= LENGTH_MIN, "codedBytes", end - at);
        long s0 = state(in, at);
        long s1 = state(in, at + 4);
        long s2 = state(in, at + 8);
        long s3 = state(in, at + 12);
        int next = at + LENGTH_MIN;
        for (int i = 0; i < count; i++) {
            int slot = tables[choices[i]].slot((int) s0 & FrequencyTable.MASK);
            long state = (((slot >>> 8) & 0xfff) + 1) * (s0 >>> FrequencyTable.BITS) + (slot >>> 20);
            if (state < LOW) {
                if (next > end - 2) {
                    throw new CodecException("encoded block is damaged", "codedBytes=" + (end - at));
                }
                state = (state << 16) | (in[next] & 0xff) | ((in[next + 1] & 0xff) << 8);
                next += 2;
            }
            symbols[i] = (byte) slot;
            s0 = s1;
            s1 = s2;
            s2 = s3;
            s3 = state;
        }
        boolean isAtStart = s0 == LOW && s1 == LOW && s2 == LOW && s3 == LOW;
        CodecException.require(next == end && isAtStart, "codedBytesLeft", end - next);
    }

    private static long state(byte[] in, int at) {
        long state = (int) Memory.INT_OF_BYTES.get(in, at) & 0xffff_ffffL;
        CodecException.require(state >= LOW, "state", state);
        return state;
    }
}
