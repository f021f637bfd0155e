package dev.baton.buffer.codec;

/**
 * What codes of one byte an element share: each column of a matrix has a step, its largest element over the block's
 * tokens through {@code top}, and an element is coded as a multiple of it.
 * <pre>
 *   per matrix  f32 step of each column | [rows][columns] of one byte
 * </pre>
 */
abstract class ScaledCodec extends LossyCodec {
    /** What a column's largest element becomes. */
    private final float top;
    /** Of the matrix at hand, [columns]. */
    protected float[] steps = {};
    /** One through each step; 0 where the step is 0. */
    protected float[] inverses = {};
    /** Free for use, [columns]. */
    protected float[] row = {};

    ScaledCodec(float bound, float top) {
        super(bound);
        this.top = top;
    }

    /** Writes the codes of {@code rows * columns} elements from {@code from} of {@link #values} to {@code at}; fills {@link #restored}. */
    protected abstract void encodeMatrix(int from, int rows, int columns, byte[] out, int at);

    /** Fills {@code rows * columns} elements from {@code from} of {@link #restored} from the codes at {@code at}. */
    protected abstract void decodeMatrix(int from, int rows, int columns, byte[] in, int at);

    @Override
    protected final long sectionBytesMax(int matrices, int rows, int columns) {
        return (long) matrices * columns * (4 + (long) rows);
    }

    @Override
    protected final int encodeSection(int matrices, int rows, int columns, double scale, float depth, byte[] out) {
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            int from = matrix * rows * columns;
            steps = zeroed(steps, columns);
            inverses = zeroed(inverses, columns);
            row = zeroed(row, columns);
            Halves.columnMax(values.numbers, from, rows, columns, row, steps);
            for (int column = 0; column < columns; column++) {
                // A step below all normal numbers has no inverse; such a channel becomes zeros, if the bound allows it.
                float step = steps[column] < top * Float.MIN_NORMAL ? 0 : steps[column] / top;
                steps[column] = step;
                inverses[column] = step == 0 ? 0 : 1 / step;
                Memory.INT_OF_BYTES.set(out, at, Float.floatToRawIntBits(step));
                at += 4;
            }
            encodeMatrix(from, rows, columns, out, at);
            at += rows * columns;
        }
        return at;
    }

    @Override
    protected final void decodeSection(int matrices, int rows, int columns, byte[] in, int length) {
        CodecException.require(length == sectionBytesMax(matrices, rows, columns), "sectionBytes", length);
        int at = 0;
        for (int matrix = 0; matrix < matrices; matrix++) {
            steps = zeroed(steps, columns);
            row = zeroed(row, columns);
            for (int column = 0; column < columns; column++) {
                steps[column] = Float.intBitsToFloat((int) Memory.INT_OF_BYTES.get(in, at));
                at += 4;
            }
            decodeMatrix(matrix * rows * columns, rows, columns, in, at);
            at += rows * columns;
        }
    }
}
