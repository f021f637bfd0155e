package dev.baton.memory;

import dev.baton.platform.Require;

/**
 * Arithmetic on CRC32C values (Castagnoli, reflected polynomial 0x82F63B78) without the bytes behind them: the CRC of
 * {@code A + B} from the CRC of A, the CRC of B and B's length. Pure, allocates nothing, safe from any thread.
 *
 * <p>A CRC is a polynomial over GF(2) modulo P, so appending n bytes multiplies by x^(8n) mod P. The powers
 * x^(8 * 2^k) are kept for every k; a length costs one multiplication for each of its one bits.
 * Source: zlib's crc32_combine, Mark Adler.
 */
public final class CrcCombine {
    private static final int POLYNOMIAL = 0x82F63B78;
    /** x^0 in the reflected order, where the highest bit stands for the lowest power. */
    private static final int ONE = 0x80000000;
    private static final int X_TO_8 = 0x00800000;
    /** At k: x^(8 * 2^k) mod P, the factor of 2^k zero bytes. */
    private static final int[] ZERO_BYTES = new int[Long.SIZE - 1];

    static {
        int power = X_TO_8;
        for (int k = 0; k < ZERO_BYTES.length; k++) {
            ZERO_BYTES[k] = power;
            power = multiply(power, power);
        }
    }

    private CrcCombine() {}

    /**
     * The CRC of two byte strings in a row.
     * @param lengthB bytes of the second string, 0 or more
     */
    public static int combine(int crcA, int crcB, long lengthB) {
        return crcA == 0 ? crcB : multiply(factor(lengthB), crcA) ^ crcB;
    }

    /** What {@code length} appended zero bytes multiply a CRC by; keep it where many lengths are equal. */
    static int factor(long length) {
        Require.atLeast("length", length, 0);
        int factor = ONE;
        for (long rest = length; rest != 0; rest &= rest - 1) {
            int power = ZERO_BYTES[Long.numberOfTrailingZeros(rest)];
            factor = factor == ONE ? power : multiply(factor, power);
        }
        return factor;
    }

    static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        // Always 32 steps without a branch: a bit of a CRC is as good as random, and a guess wrong half the time.
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            product ^= shifted & ((a << bit) >> 31);
            shifted = (shifted >>> 1) ^ (POLYNOMIAL & -(shifted & 1));
        }
        return product;
    }
}
