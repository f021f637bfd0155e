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
            Halves.columnMax(values, offset, rows, columns, steps);
            for (int column = 0; column < columns; column++) {
                // A step below all normal numbers has no inverse; such a channel becomes zeros, if the bound allows it.
                float step = steps[column] < STEPS * Float.MIN_NORMAL ? 0 : steps[column] / STEPS;
                steps[column] = step;
                inverses[column] = step == 0 ? 0 : 1 / step;
                Memory.INT_OF_BYTES.set(out, at, Float.floatToRawIntBits(step));
                at += 4;
            }
            for (int row = 0; row < rows; row++) {
                encodeRow(offset + row * columns, columns, out, at);
                at += columns;
            }
        }
        return at;
    }

    private void encodeRow(int from, int columns, byte[] out, int at) {
        for (int column = 0; column < columns; column++) {
            int level = Float.floatToRawIntBits(values[from + column] * inverses[column] + ROUNDER) - ROUNDER_BITS;
            out[at + column] = (byte) level;
            restored[from + column] = (byte) level * steps[column];
        }
    }

    @Override
    protected void decodeSection(int matrices, int rows, int columns, byte[] in, int length) {
        CodecException.require(length == sectionBytesMax(matrices, rows, columns), "sectionBytes", length);
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            steps = zeroed(steps, columns);
            for (int column = 0; column < columns; column++) {
                steps[column] = Float.intBitsToFloat((int) Memory.INT_OF_BYTES.get(in, at));
                at += 4;
            }
            for (int row = 0; row < rows; row++) {
                int to = (matrix * rows + row) * columns;
                for (int column = 0; column < columns; column++) {
                    restored[to + column] = in[at + column] * steps[column];
                }
                at += columns;
            }
        }
    }
}
