package dev.baton.buffer.codec;

/** OCP's 8-bit floats, four bits of exponent and three of mantissa: up to 448, steps of 2^-9 at the bottom. */
final class E4m3 {
    static final float MAX = 448;

    private static final int CODES = 256;
    private static final int MAX_CODE = 126;
    /** Exponents of floats less those of e4m3, as they stand above three bits of mantissa. */
    private static final int BIAS = (127 - 7) << 3;
    private static final int NORMAL_MIN_BITS = Float.floatToRawIntBits(0x1p-6f);
    private static final float[] NUMBERS = new float[CODES];

    static {
        for (int code = 0; code < CODES; code++) {
            int exponent = (code >>> 3) & 15;
            double magnitude = exponent == 0 ? (code & 7) * 0x1p-9
                : Math.scalb(1 + (code & 7) / 8.0, exponent - 7);
            boolean isNan = (code & 0x7f) == 0x7f;
            NUMBERS[code] = isNan ? Float.NaN : (float) (code < 128 ? magnitude : -magnitude);
        }
    }

    private E4m3() {}

    static float number(int code) {
        return NUMBERS[code];
    }

    /** The code nearest to the float with these bits, ties to the even code; what is larger becomes the largest. */
    static int code(int bits) {
        int magnitude = bits & 0x7fff_ffff;
        int code = magnitude >= NORMAL_MIN_BITS ? ((magnitude + 0x7ffff + ((magnitude >>> 20) & 1)) >>> 20) - BIAS
            : small(magnitude);
        return Math.min(code, MAX_CODE) | ((bits >>> 24) & 0x80);
    }

    /** Multiples of 2^-9, of which 8 is the smallest normal number. */
    private static int small(int magnitude) {
        int shift = 141 - (magnitude >>> 23);
        if (shift > 25) {
            return 0;
        }
        int mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
        return (mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift;
    }
}
