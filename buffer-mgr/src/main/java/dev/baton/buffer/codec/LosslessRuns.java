package dev.baton.buffer.codec;

import dev.baton.kv.LayerGroup;
import dev.baton.memory.RunCodec;

/**
 * The lossless codec for bytes on their way over the network: each run is one chunk. Owned by one thread.
 * zstd's binding makes views of arrays at each call, up to 1 KiB a run until the compiler has done away with them.
 */
public final class LosslessRuns implements RunCodec {
    private static final int LEVEL = 1;

    private final LosslessChunks chunks = new LosslessChunks(LEVEL);
    private int runCount;

    /** Opens them; named in {@code META-INF/services}. */
    public static final class Provider implements RunCodec.Provider {
        @Override
        public RunCodec open() {
            return new LosslessRuns();
        }
    }

    @Override
    public int runBytesMax() {
        return LosslessChunks.CHUNK_BYTES;
    }

    @Override
    public int encodedBytesMax(int lengthBytes) {
        return lengthBytes + LosslessChunks.OVERHEAD_BYTES;
    }

    @Override
    public int encode(int kind, long source, int lengthBytes, long target) {
        boolean isTried = runCount++ % LosslessChunks.TRY_EVERY == 0;
        int encodedBytes = (int) (chunks.encode(planes(kind, lengthBytes), source, lengthBytes, target, isTried) - target);
        return encodedBytes < lengthBytes ? encodedBytes : 0;
    }

    @Override
    public boolean decode(int kind, long source, int encodedBytes, long target, int lengthBytes) {
        try {
            return chunks.decode(planes(kind, lengthBytes), source, source + encodedBytes, target, lengthBytes) ==
                source + encodedBytes;
        } catch (CodecException ex) {
            // The caller says which frame that was.
            return false;
        }
    }

    /** What the bytes of this group's blocks are made of; rows with scales in them are bytes of which nothing is known. */
    public static int kind(LayerGroup group) {
        if (group.isState() || group.keyScaleBytes() > 0 || group.valueScaleBytes() > 0) {
            return BYTES;
        }
        return switch (group.elements()) {
            case BF16, FP16 -> HALVES;
            case FP8_E4M3 -> EIGHTHS;
            case FP32, FP8_E5M2, FP8_DS_MLA, INT8, FP4_E2M1, INT4 -> BYTES;
        };
    }

    /** Half an element at the end of a run has no exponent of its own. */
    private static BytePlanes planes(int kind, int lengthBytes) {
        return switch (kind) {
            case HALVES -> lengthBytes % 2 == 0 ? BytePlanes.HALVES : BytePlanes.WHOLE;
            case EIGHTHS -> BytePlanes.NIBBLES;
            default -> BytePlanes.WHOLE;
        };
    }

    @Override
    public void close() {
        chunks.close();
    }
}
