package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Decoders on damaged bytes that no CRC has kept from them: they refuse, or end with some numbers; they write nothing
 * outside the image, read nothing behind their input, and do not hang.
 */
@Timeout(120)
class CodecDamageTest {
    private static final long SEED = Long.getLong("baton.test.seed", 0x5eedL);
    private static final int ROUNDS = 1500 * (System.getenv("BATON_TEST_LONG") == null ? 1 : 100);
    private static final int BEHIND_BYTES = 4096;

    @ParameterizedTest
    @ValueSource(strings = {"none", "lossless", "int8", "fp8", "cachegen", "cachegen:group=3;bin=0.06"})
    void shouldRefuseOrFinishOnDamagedBytes(String text) {
        CodecSpec spec = CodecSpec.parse(text);
        ImageShape shape = Images.shape(ElementType.BF16, DimensionOrder.HND, 2, 23, 3, 12);
        Random random = new Random(SEED);
        int refused = 0;
        try (Codec codec = CodecRegistry.builtIn().ofName(spec.name()).open(spec); Arena arena = Arena.ofConfined()) {
            MemorySegment target = Images.fenced(arena, shape.lengthBytes());
            byte[] whole = encoded(codec, shape);
            for (int round = 0; round < ROUNDS; round++) {
                byte[] damaged = damaged(whole, random);
                byte[] first = decoded(codec, shape, damaged, target, (byte) 0);
                byte[] second = decoded(codec, shape, damaged, target, (byte) 0xff);
                assertEquals(first == null, second == null, "what lies behind counts: round=" + round + " seed=" + SEED);
                assertTrue(Arrays.equals(first, second), "what lies behind counts: round=" + round + " seed=" + SEED);
                refused += first == null ? 1 : 0;
            }
        }
        assertTrue(refused > ROUNDS / 20, "refused=" + refused + " seed=" + SEED);
    }

    private static byte[] encoded(Codec codec, ImageShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, Images.drifting(shape, 1));
            MemorySegment target = Images.fenced(arena, codec.encodedBytesMax(shape));
            long length = codec.encode(shape, source.address(), target.address());
            assertTrue(length > 0, "encoded");
            return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** The image, or null if it was refused. What lies behind the input is filled as said. */
    private static byte[] decoded(
        Codec codec, ImageShape shape, byte[] encoded, MemorySegment target, byte behind) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(encoded.length + BEHIND_BYTES, 1).fill(behind);
            MemorySegment.copy(encoded, 0, source, ValueLayout.JAVA_BYTE, 0, encoded.length);
            target.fill((byte) 0x11);
            codec.decode(shape, source.address(), encoded.length, target.address());
            return target.toArray(ValueLayout.JAVA_BYTE);
        } catch (CodecException expected) {
            return null;
        } finally {
            assertTrue(Images.isFenceWhole(target), () -> "written outside: seed=" + SEED);
        }
    }

    /** Bytes and words changed, often early where lengths and tables lie; cut, grown, or noise altogether. */
    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(whole, random.nextInt(whole.length));
            case 1 -> Arrays.copyOf(whole, whole.length + 1 + random.nextInt(40));
            case 2 -> Images.random(random.nextInt(2 * whole.length), random.nextLong());
            default -> whole.clone();
        };
        for (int i = random.nextInt(5); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 200));
            if (random.nextInt(4) != 0 || at + 4 > bytes.length) {
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ (1 << random.nextInt(8)));
            } else {
                int[] words = {-1, 0, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20, bytes.length, 0x7fc00000};
                MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, at, words[random.nextInt(words.length)]);
            }
        }
        return bytes;
    }
}
