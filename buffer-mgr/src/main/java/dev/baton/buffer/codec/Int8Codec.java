package dev.baton.buffer.codec;

/**
 * A channel's elements as multiples of its largest over the block's tokens, in 8 bits: the error is at most 1/254 of
 * that largest one, which is what the bound is checked against.
 */
final class Int8Codec extends ScaledCodec {
    /** 1.5 * 2^23: added to a float it rounds it to a whole number, ties to even, which then are its lowest bits. */
    static final float ROUNDER = 12_582_912f;
    static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

    Int8Codec(CodecSpec spec) {
        super(spec.number("bound", 0.1f, 1e-6f, 1e6f), 127);
    }

    @Override
    protected void encodeMatrix(int from, int rows, int columns, byte[] out, int at) {
        int count = rows * columns;
        for (int here = from; here < from + count; here += columns) {
            System.arraycopy(values.numbers, here, row, 0, columns);
            scale(row, inverses, columns);
            System.arraycopy(row, 0, restored.numbers, here, columns);
        }
        restored.toBits(from, count);
        unbias(restored.bits, from, count);
        restoreRows(from, count, columns);
        Halves.narrow(restored.bits, from, out, at, count);
    }

    @Override
    protected void decodeMatrix(int from, int rows, int columns, byte[] in, int at) {
        Halves.widen(in, at, restored.bits, from, rows * columns);
        restoreRows(from, rows * columns, columns);
    }

    private void restoreRows(int from, int count, int columns) {
        for (int here = from; here < from + count; here += columns) {
            restore(restored.bits, here, steps, columns, row);
            System.arraycopy(row, 0, restored.numbers, here, columns);
        }
    }

    private static void scale(float[] row, float[] inverses, int columns) {
        for (int column = 0; column < columns; column++) {
            row[column] = row[column] * inverses[column] + ROUNDER;
        }
    }

    /** From the bits of whole numbers that {@link #ROUNDER} was added to, to these numbers. */
    static void unbias(int[] bits, int from, int count) {
        for (int i = from; i < from + count; i++) {
            bits[i] -= ROUNDER_BITS;
        }
    }

    private static void restore(int[] levels, int from, float[] steps, int columns, float[] row) {
        for (int column = 0; column < columns; column++) {
            row[column] = levels[from + column] * steps[column];
        }
    }
}
