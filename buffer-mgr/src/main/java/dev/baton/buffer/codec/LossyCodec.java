package dev.baton.buffer.codec;

import java.util.Arrays;

/**
 * What lossy codecs share: a section at a time as floats, and the proof of the bound: what decoding will give is made
 * at once, rounded to the image's own element type, and compared with every element. An image with one element out of
 * bound, or one that is no finite number, is not encoded.
 */
abstract class LossyCodec implements Codec {
    /** Longer sections are left to {@code lossless}: scratch memory is about 20 bytes an element. */
    static final int SECTION_ELEMENTS_MAX = 1 << 24;

    private final float bound;
    private short[] words = {};
    private byte[] bytes = {};
    /** The section as it is. */
    protected Floats values = new Floats(0);
    /** The section as it will be decoded; the bits beside it are free for use. */
    protected Floats restored = new Floats(0);
    private float errorMax;

    LossyCodec(float bound) {
        this.bound = bound;
    }

    /** Most bytes that {@link #encodeSection} writes; 0 or less where it does not fit an array. */
    protected abstract long sectionBytesMax(int matrices, int rows, int columns);

    /**
     * Encodes {@link #values}, [matrices][rows][columns], and fills {@link #restored}.
     * @param scale root mean square of the values
     * @param depth where the layer lies in the image, 0 to 1
     * @return bytes written from 0, or -1 if the bound cannot be kept
     */
    protected abstract int encodeSection(int matrices, int rows, int columns, double scale, float depth, byte[] out);

    /** Fills {@link #restored} from {@code length} bytes, all of which it must use. */
    protected abstract void decodeSection(int matrices, int rows, int columns, byte[] in, int length);

    @Override
    public final boolean accepts(ImageShape shape) {
        if (!shape.isOfHalves()) {
            return false;
        }
        for (int section = 0; section < shape.sections(); section++) {
            long most = sectionBytesMax(shape.matrices(), shape.slots(), shape.columns(section));
            if (shape.sectionBytes(section) / 2 > SECTION_ELEMENTS_MAX || most > Integer.MAX_VALUE - 8) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final long encodedBytesMax(ImageShape shape) {
        return shape.lengthBytes();   // what would be longer is not encoded
    }

    @Override
    public final long encode(ImageShape shape, long source, long target) {
        long out = target;
        float worst = 0;
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int section = 0; section < shape.sections(); section++) {
                int columns = shape.columns(section);
                int count = (int) (shape.sectionBytes(section) / 2);
                reserve(count, (int) sectionBytesMax(shape.matrices(), shape.slots(), columns));
                Memory.read(source + shape.sectionOffset(layer, section), words, count);
                Halves.toFloats(shape.elements(), words, values, count);
                double scale = Halves.rootMeanSquare(values.numbers, count);
                float depth = shape.layers() == 1 ? 0 : (float) layer / (shape.layers() - 1);
                int length = !Double.isFinite(scale) ? -1
                    : encodeSection(shape.matrices(), shape.slots(), columns, scale, depth, bytes);
                float error = length < 0 ? Float.NaN : error(shape, count, scale);
                if (!(error <= bound) || out - target + 4 + length > shape.lengthBytes()) {
                    return NOT_ENCODED;
                }
                worst = Math.max(worst, error);
                Memory.ALL.set(Memory.INT, out, length);
                Memory.write(bytes, length, out + 4);
                out += 4 + length;
            }
        }
        errorMax = worst;
        return out - target;
    }

    /** Of what decoding gives, in units of {@code scale}; NaN if it cannot be told. */
    private float error(ImageShape shape, int count, double scale) {
        Halves.fromFloats(shape.elements(), restored, words, count);
        Halves.toFloats(shape.elements(), words, restored, count);
        float difference = Halves.differenceMax(values.numbers, restored.numbers, count);
        return difference == 0 ? 0 : (float) (difference / scale);
    }

    @Override
    public final void decode(ImageShape shape, long source, long length, long target) {
        CodecException.require(accepts(shape), "elementType", shape.elements().bits());
        long in = source;
        long end = source + length;
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int section = 0; section < shape.sections(); section++) {
                int columns = shape.columns(section);
                int count = (int) (shape.sectionBytes(section) / 2);
                int most = (int) sectionBytesMax(shape.matrices(), shape.slots(), columns);
                CodecException.require(end - in >= 4, "bytesLeft", end - in);
                int bytesHere = Memory.ALL.get(Memory.INT, in);
                CodecException.require(bytesHere >= 0 && bytesHere <= end - in - 4 && bytesHere <= most,
                    "sectionBytes", bytesHere);
                reserve(count, most);
                Memory.read(in + 4, bytes, bytesHere);
                decodeSection(shape.matrices(), shape.slots(), columns, bytes, bytesHere);
                Halves.fromFloats(shape.elements(), restored, words, count);
                Memory.write(words, count, target + shape.sectionOffset(layer, section));
                in += 4 + bytesHere;
            }
        }
        CodecException.require(in == end, "bytesLeft", end - in);
    }

    private void reserve(int count, int encodedBytes) {
        if (words.length < count) {
            values = new Floats(count);
            restored = new Floats(count);
            words = new short[count];
        }
        if (bytes.length < encodedBytes) {
            bytes = new byte[encodedBytes];
        }
    }

    /** An array of at least that length, all zero up to there; {@code from} where it is long enough. */
    static float[] zeroed(float[] from, int length) {
        if (from.length < length) {
            return new float[length];
        }
        Arrays.fill(from, 0, length, 0);
        return from;
    }

    @Override
    public final boolean isLossless() {
        return false;
    }

    @Override
    public final float errorBound() {
        return bound;
    }

    @Override
    public final float errorMax() {
        return errorMax;
    }
}
