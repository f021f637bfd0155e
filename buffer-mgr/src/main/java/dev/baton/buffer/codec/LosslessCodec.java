package dev.baton.buffer.codec;

/**
 * Byte planes through zstd; every bit comes back. A section is cut in {@linkplain LosslessChunks chunks} of 256 KiB. The
 * mantissa plane is tried on a chunk in {@value LosslessChunks#TRY_EVERY}, and on while it pays.
 */
final class LosslessCodec implements Codec {
    private static final int CHUNK_BYTES = LosslessChunks.CHUNK_BYTES;

    private final LosslessChunks chunks;

    LosslessCodec(CodecSpec spec) {
        chunks = new LosslessChunks(spec.whole("level", 1, 1, 19));
    }

    @Override
    public boolean accepts(ImageShape shape) {
        return true;
    }

    @Override
    public long encodedBytesMax(ImageShape shape) {
        long bytes = 0;
        for (int section = 0; section < shape.sections(); section++) {
            long count = (shape.sectionBytes(section) + CHUNK_BYTES - 1) / CHUNK_BYTES;
            bytes += shape.layers() * (shape.sectionBytes(section) + LosslessChunks.OVERHEAD_BYTES * count);
        }
        return bytes;
    }

    @Override
    public long encode(ImageShape shape, long source, long target) {
        BytePlanes planes = BytePlanes.of(shape);
        long out = target;
        int chunk = 0;
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int section = 0; section < shape.sections(); section++) {
                long at = source + shape.sectionOffset(layer, section);
                long end = at + shape.sectionBytes(section);
                for (; at < end; at += CHUNK_BYTES, chunk++) {
                    boolean isTried = chunk % LosslessChunks.TRY_EVERY == 0;
                    out = chunks.encode(planes, at, (int) Math.min(CHUNK_BYTES, end - at), out, isTried);
                }
            }
        }
        return out - target;
    }

    @Override
    public void decode(ImageShape shape, long source, long length, long target) {
        BytePlanes planes = BytePlanes.of(shape);
        long in = source;
        long inEnd = source + length;
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int section = 0; section < shape.sections(); section++) {
                long at = target + shape.sectionOffset(layer, section);
                long end = at + shape.sectionBytes(section);
                for (; at < end; at += CHUNK_BYTES) {
                    in = chunks.decode(planes, in, inEnd, at, (int) Math.min(CHUNK_BYTES, end - at));
                }
            }
        }
        CodecException.require(in == inEnd, "bytesLeft", inEnd - in);
    }

    @Override
    public void close() {
        chunks.close();
    }
}
