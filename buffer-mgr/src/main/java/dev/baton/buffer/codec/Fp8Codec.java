package dev.baton.buffer.codec;

/**
 * A channel's elements as {@link E4m3}, scaled so that its largest over the block's tokens becomes 448: small elements
 * keep three bits of mantissa, which INT8 does not give them, and large ones have no more.
 */
final class Fp8Codec extends ScaledCodec {
    Fp8Codec(CodecSpec spec) {
        super(spec.number("bound", 0.5f, 1e-6f, 1e6f), E4m3.MAX);
    }

    @Override
    protected void encodeMatrix(int from, int rows, int columns, byte[] out, int at) {
        for (int here = 0; here < rows * columns; here += columns) {
            encodeRow(values.numbers, from + here, inverses, columns, out, at + here);
        }
        decodeMatrix(from, rows, columns, out, at);
    }

    @Override
    protected void decodeMatrix(int from, int rows, int columns, byte[] in, int at) {
        for (int here = 0; here < rows * columns; here += columns) {
            restore(in, at + here, steps, columns, row);
            System.arraycopy(row, 0, restored.numbers, from + here, columns);
        }
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
}
