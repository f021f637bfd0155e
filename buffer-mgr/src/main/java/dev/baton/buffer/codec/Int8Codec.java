package dev.baton.buffer.codec;

/**
 * A channel's elements as multiples of its largest over the block's tokens, in 8 bits: the error is at most 1/254 of
 * that largest one, which is what the bound is checked against.
 * <pre>
 *   per matrix  f32 step of each column | [rows][columns] of i8
 * </pre>
 */
final class Int8Codec extends LossyCodec {
    /** 1.5 * 2^23: added to a float it rounds it to a whole number, ties to even, which then are its lowest bits. */
    static final float ROUNDER = 12_582_912f;
    static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

    private static final float STEPS = 127;

    private float[] steps = {};
    private float[] inverses = {};
    private float[] row = {};

    Int8Codec(CodecSpec spec) {
        super(spec.number("bound", 0.1f, 1e-6f, 1e6f));
    }

    @Override
    protected long sectionBytesMax(int matrices, int rows, int columns) {
        return (long) matrices * columns * (4 + (long) rows);
    }

    @Override
    protected int encodeSection(int matrices, int rows, int columns, double scale, float depth, byte[] out) {
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            int offset = matrix * rows * columns;
            steps = zeroed(steps, columns);
            inverses = zeroed(inverses, columns);
            row = zeroed(row, columns);
            Halves.columnMax(values.numbers, offset, rows, columns, row, steps);
            for (int column = 0; column < columns; column++) {
                // A step below all normal numbers has no inverse; such a channel becomes zeros, if the bound allows it.
                float step = steps[column] < STEPS * Float.MIN_NORMAL ? 0 : steps[column] / STEPS;
                steps[column] = step;
                inverses[column] = step == 0 ? 0 : 1 / step;
                Memory.INT_OF_BYTES.set(out, at, Float.floatToRawIntBits(step));
                at += 4;
            }
            for (int from = offset; from < offset + rows * columns; from += columns) {
                System.arraycopy(values.numbers, from, row, 0, columns);
                scale(row, inverses, columns);
                System.arraycopy(row, 0, restored.numbers, from, columns);
            }
            restored.toBits(offset, rows * columns);
            unbias(restored.bits, offset, rows * columns);
            for (int from = offset; from < offset + rows * columns; from += columns) {
                restore(restored.bits, from, steps, columns, row);
                System.arraycopy(row, 0, restored.numbers, from, columns);
            }
            Halves.narrow(restored.bits, offset, out, at, rows * columns);
            at += rows * columns;
        }
        return at;
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

    @Override
    protected void decodeSection(int matrices, int rows, int columns, byte[] in, int length) {
        CodecException.require(length == sectionBytesMax(matrices, rows, columns), "sectionBytes", length);
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            steps = zeroed(steps, columns);
            row = zeroed(row, columns);
            for (int column = 0; column < columns; column++) {
                steps[column] = Float.intBitsToFloat((int) Memory.INT_OF_BYTES.get(in, at));
                at += 4;
            }
            int offset = matrix * rows * columns;
            Halves.widen(in, at, restored.bits, offset, rows * columns);
            at += rows * columns;
            for (int from = offset; from < offset + rows * columns; from += columns) {
                restore(restored.bits, from, steps, columns, row);
                System.arraycopy(row, 0, restored.numbers, from, columns);
            }
        }
    }
}
