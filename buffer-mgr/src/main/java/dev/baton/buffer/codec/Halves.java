package dev.baton.buffer.codec;

import dev.baton.kv.ElementType;

/**
 * Elements of 16 bits as floats and back, to the nearest, ties to even. Plain loops for the compiler to vectorise: each
 * widens, narrows or computes, and never two of these.
 */
final class Halves {
    private Halves() {}

    static void toFloats(ElementType type, short[] from, float[] to, int count, int[] scratch) {
        if (type == ElementType.BF16) {
            for (int i = 0; i < count; i++) {
                scratch[i] = from[i];
            }
            for (int i = 0; i < count; i++) {
                to[i] = Float.intBitsToFloat(scratch[i] << 16);
            }
        } else {
            for (int i = 0; i < count; i++) {
                to[i] = Float.float16ToFloat(from[i]);
            }
        }
    }

    /** For finite floats. One that is too large for the type becomes an infinity. */
    static void fromFloats(ElementType type, float[] from, short[] to, int count, int[] scratch) {
        if (type == ElementType.BF16) {
            for (int i = 0; i < count; i++) {
                int bits = Float.floatToRawIntBits(from[i]);
                scratch[i] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
            }
            for (int i = 0; i < count; i++) {
                to[i] = (short) scratch[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                to[i] = Float.floatToFloat16(from[i]);
            }
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

    /** Raises {@code max[column]} to the largest magnitude of each column of a matrix. */
    static void columnMax(float[] values, int offset, int rows, int columns, float[] max) {
        for (int row = 0; row < rows; row++) {
            int at = offset + row * columns;
            for (int column = 0; column < columns; column++) {
                max[column] = Math.max(max[column], Math.abs(values[at + column]));
            }
        }
    }
}
