package dev.baton.buffer.codec;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Block images for tests: shapes, bytes that look like KV, and memory whose surroundings are watched. */
final class Images {
    private static final byte FENCE = 0x5c;
    private static final int FENCE_BYTES = 64;

    private Images() {}

    static ImageShape shape(ElementType type, DimensionOrder order, int layers, int slots, int heads, int headDim) {
        int rowBytes = type.rowBytes(headDim);
        return new ImageShape(type, order, layers, slots, heads, rowBytes, rowBytes, false);
    }

    /** Channels of different size and mean that drift slowly, as keys do. */
    static byte[] drifting(ImageShape shape, long seed) {
        Random random = new Random(seed);
        int channels = Math.max(1, shape.heads() * shape.keyRowBytes() / 2);
        double[] size = random.doubles(channels, 0.05, 3).toArray();
        double[] mean = random.doubles(channels, -2, 2).toArray();
        double[] now = new double[channels];
        MemorySegment image = MemorySegment.ofArray(new byte[(int) shape.lengthBytes()]);
        for (int at = 0; at < shape.lengthBytes() / 2; at++) {
            int channel = at % channels;
            now[channel] = 0.8 * now[channel] + 0.6 * random.nextGaussian();
            float value = (float) (mean[channel] + size[channel] * now[channel]);
            short word = shape.elements() == ElementType.BF16 ? (short) (Float.floatToRawIntBits(value) >>> 16)
                : Float.floatToFloat16(value);
            image.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * at, word);
        }
        return image.toArray(ValueLayout.JAVA_BYTE);
    }

    static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Memory outside the heap with a fence on both sides. */
    static MemorySegment fenced(Arena arena, long length) {
        MemorySegment all = arena.allocate(length + 2 * FENCE_BYTES, 64);
        all.fill(FENCE);
        return all.asSlice(FENCE_BYTES, length);
    }

    static MemorySegment fenced(Arena arena, byte[] bytes) {
        MemorySegment memory = fenced(arena, bytes.length);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        return memory;
    }

    /** Whether nothing was written around memory made by {@link #fenced}. */
    static boolean isFenceWhole(MemorySegment memory) {
        MemorySegment all = MemorySegment.ofAddress(memory.address() - FENCE_BYTES)
            .reinterpret(memory.byteSize() + 2 * FENCE_BYTES);
        for (int at = 0; at < FENCE_BYTES; at++) {
            if (all.get(ValueLayout.JAVA_BYTE, at) != FENCE ||
                all.get(ValueLayout.JAVA_BYTE, all.byteSize() - 1 - at) != FENCE) {
                return false;
            }
        }
        return true;
    }

    /** Encodes and decodes; the decoded image. Fails if a byte is written outside. */
    static byte[] roundTrip(BlockCodec codec, ImageShape shape, byte[] image) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = fenced(arena, image);
            MemorySegment encoded = fenced(arena, codec.encodedBytesMax(shape));
            MemorySegment decoded = fenced(arena, image.length);
            long length = codec.encode(shape, source.address(), encoded.address(), encoded.byteSize());
            codec.decode(shape, encoded.address(), length, decoded.address());
            if (!isFenceWhole(encoded) || !isFenceWhole(decoded) || length > encoded.byteSize()) {
                throw new AssertionError("written outside: shape=" + shape + " length=" + length);
            }
            return decoded.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
