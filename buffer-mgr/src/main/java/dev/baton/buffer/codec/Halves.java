package dev.baton.buffer.codec;

import dev.baton.kv.ElementType;

/**
 * Elements of 16 bits as floats and back, to the nearest, ties to even. Plain loops for the compiler to vectorise: each
 * widens, narrows or computes, and never two of these.
 */
final class Halves {
    private Halves() {}

    static void toFloats(ElementType type, short[] from, Floats to, int count) {
        if (type == ElementType.BF16) {
            widen(from, to.bits, count);
            to.fromBits(0, count);
        } else {
            widen(from, to.numbers, count);
        }
    }

    /** For finite floats. One that is too large for the type becomes an infinity. Spoils the bits beside them. */
    static void fromFloats(ElementType type, Floats from, short[] to, int count) {
        if (type == ElementType.BF16) {
            from.toBits(0, count);
            round(from.bits, count);
            narrow(from.bits, to, count);
        } else {
            narrow(from.numbers, to, count);
        }
    }

    private static void widen(short[] from, int[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = from[i] << 16;
        }
    }

    private static void widen(short[] from, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Float.float16ToFloat(from[i]);
        }
    }

    private static void round(int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = (bits[i] + 0x7fff + ((bits[i] >>> 16) & 1)) >>> 16;
        }
    }

    private static void narrow(int[] from, short[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = (short) from[i];
        }
    }

    private static void narrow(float[] from, short[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Float.floatToFloat16(from[i]);
        }
    }

    /** The lowest bytes of ints. */
    static void narrow(int[] from, int fromAt, byte[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            to[toAt + i] = (byte) from[fromAt + i];
        }
    }

    static void widen(byte[] from, int fromAt, int[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            to[toAt + i] = from[fromAt + i];
        }
    }

    /** The root of the mean of squares; neither finite nor right if an element is not finite. */
    static double rootMeanSquare(float[] values, int count) {
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int i = 0;
        for (; i <= count - 4; i += 4) {   // four sums: one would wait for itself at each element
            first += (double) values[i] * values[i];
            second += (double) values[i + 1] * values[i + 1];
            third += (double) values[i + 2] * values[i + 2];
            fourth += (double) values[i + 3] * values[i + 3];
        }
        for (; i < count; i++) {
            first += (double) values[i] * values[i];
        }
        return count == 0 ? 0 : Math.sqrt((first + second + third + fourth) / count);
    }

    /** The largest difference of two arrays; NaN if any is NaN. */
    static float differenceMax(float[] one, float[] other, int count) {
        float max = 0;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, Math.abs(one[i] - other[i]));
        }
        return max;
    }

    /**
     * Raises {@code max[column]} to the largest magnitude of each column of a matrix.
     * @param row scratch for one row: only arrays that are read and written at one index are sure not to overlap
     */
    static void columnMax(float[] values, int offset, int rows, int columns, float[] row, float[] max) {
        for (int at = offset; at < offset + rows * columns; at += columns) {
            System.arraycopy(values, at, row, 0, columns);
            raise(row, columns, max);
        }
    }

    private static void raise(float[] row, int columns, float[] max) {
        for (int column = 0; column < columns; column++) {
            max[column] = Math.max(max[column], Math.abs(row[column]));
        }
    }
}
