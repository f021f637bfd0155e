package dev.baton.buffer.codec;

/**
 * A channel's elements as {@link E4m3}, scaled so that its largest over the block's tokens becomes 448: small elements
 * keep three bits of mantissa, which INT8 does not give them, and large ones have no more.
 * <pre>
 *   per matrix  f32 step of each column | [rows][columns] of e4m3
 * </pre>
 */
final class Fp8Codec extends LossyCodec {
    private float[] steps = {};
    private float[] inverses = {};
    private float[] row = {};

    Fp8Codec(CodecSpec spec) {
        super(spec.number("bound", 0.5f, 1e-6f, 1e6f));
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
                float step = steps[column] < E4m3.MAX * Float.MIN_NORMAL ? 0 : steps[column] / E4m3.MAX;
                steps[column] = step;
                inverses[column] = step == 0 ? 0 : 1 / step;
                Memory.INT_OF_BYTES.set(out, at, Float.floatToRawIntBits(step));
                at += 4;
            }
            for (int from = offset; from < offset + rows * columns; from += columns) {
                encodeRow(values.numbers, from, inverses, columns, out, at);
                restore(out, at, steps, columns, row);
                System.arraycopy(row, 0, restored.numbers, from, columns);
                at += columns;
            }
        }
        return at;
    }

    private static void encodeRow(float[] values, int from, float[] inverses, int columns, byte[] out, int at) {
        for (int column = 0; column < columns; column++) {
            out[at + column] = (byte) E4m3.code(Float.floatToRawIntBits(values[from + column] * inverses[column]));
        }
    }

    private static void restore(byte[] codes, int at, float[] steps, int columns, float[] row) {
        for (int column = 0; column < columns; column++) {
            row[column] = E4m3.number(codes[at + column] & 0xff) * steps[column];
        }
    }

    @Override
    protected void decodeSection(int matrices, int rows, int columns, byte[] in, int length) {
        CodecException.require(length == sectionBytesMax(matrices, rows, columns), "sectionBytes", length);
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            int offset = matrix * rows * columns;
            steps = zeroed(steps, columns);
            row = zeroed(row, columns);
            for (int column = 0; column < columns; column++) {
                steps[column] = Float.intBitsToFloat((int) Memory.INT_OF_BYTES.get(in, at));
                at += 4;
            }
            for (int from = offset; from < offset + rows * columns; from += columns) {
                restore(in, at, steps, columns, row);
                System.arraycopy(row, 0, restored.numbers, from, columns);
                at += columns;
            }
        }
    }
}
