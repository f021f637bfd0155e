package dev.baton.buffer.codec;

/**
 * One way to write a block image with fewer bytes, without the header that {@link BlockCodec} puts before it. Owns its
 * scratch memory: one thread. Allocates nothing once it has met the largest shape. Made by a {@link CodecProvider}.
 *
 * <p>Addresses are not checked: the caller has. Lengths and everything else that {@link #decode} reads are: its input
 * may be any bytes at all, and it reads and writes nothing outside, and ends in a time bounded by the image's length.
 */
public interface Codec extends AutoCloseable {
    /** {@link #encode} wrote nothing to keep: the bound would be missed, or the image be shorter. */
    long NOT_ENCODED = -1;

    /** Whether images of that shape can be encoded at all. */
    boolean accepts(ImageShape shape);

    /** Most bytes that {@link #encode} writes, kept or not. */
    long encodedBytesMax(ImageShape shape);

    /**
     * Encodes the image at {@code source}.
     * @param target {@link #encodedBytesMax} bytes, apart from the source
     * @return bytes written, or {@link #NOT_ENCODED}
     */
    long encode(ImageShape shape, long source, long target);

    /**
     * Writes the whole image at {@code target}, from {@code length} bytes at {@code source}.
     * @throws CodecException if these bytes cannot be what {@link #encode} wrote; the target then holds anything
     */
    void decode(ImageShape shape, long source, long length, long target);

    /** Whether every image comes back bit by bit. */
    default boolean isLossless() {
        return true;
    }

    /**
     * The bound that every encoded image keeps: no element differs by more than so many times the root mean square of
     * its layer's keys, or values. 0 for a lossless codec.
     */
    default float errorBound() {
        return 0;
    }

    /** The largest difference in the image encoded last, in the unit of {@link #errorBound()}. */
    default float errorMax() {
        return 0;
    }

    @Override
    default void close() {}
}
