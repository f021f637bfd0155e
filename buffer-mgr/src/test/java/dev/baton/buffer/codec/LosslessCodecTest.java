package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every bit comes back, whatever the bits were. */
class LosslessCodecTest {
    private static final CodecRegistry REGISTRY = CodecRegistry.builtIn();

    private static BlockCodec open(String spec) {
        return BlockCodec.open(REGISTRY, CodecSpec.parse(spec));
    }

    /** Also with NaNs of every payload, infinities, denormals and both zeros; three times over, so that zstd finds them. */
    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"BF16", "FP16"})
    void shouldBringEveryPatternOf16BitsBack(ElementType type) {
        ImageShape shape = Images.shape(type, DimensionOrder.NHD, 3, 512, 1, 64);
        byte[] image = new byte[(int) shape.lengthBytes()];
        for (int at = 0; at < image.length / 2; at++) {
            image[2 * at] = (byte) at;
            image[2 * at + 1] = (byte) (at >>> 8);
        }
        assertTrue(image.length >= 3 * 65536 * 2);
        try (BlockCodec codec = open("lossless")) {
            assertArrayEquals(image, Images.roundTrip(codec, shape, image));
        }
    }

    @Test
    void shouldBringEveryPatternOf8BitsBack() {
        ImageShape shape = Images.shape(ElementType.FP8_E4M3, DimensionOrder.NHD, 1, 256, 1, 256);
        byte[] image = new byte[(int) shape.lengthBytes()];
        for (int at = 0; at < image.length; at++) {
            image[at] = (byte) (at + (at >>> 8) * 7);
        }
        try (BlockCodec codec = open("lossless")) {
            assertArrayEquals(image, Images.roundTrip(codec, shape, image));
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldBringEveryLengthBack(ElementType type) {
        try (BlockCodec codec = open("lossless")) {
            for (int slots = 0; slots < 70; slots++) {
                ImageShape shape = new ImageShape(type, DimensionOrder.HND, 2, slots, 1, 1 + slots % 7, slots % 3, false);
                byte[] image = Images.random((int) shape.lengthBytes(), slots);
                assertArrayEquals(image, Images.roundTrip(codec, shape, image), shape.toString());
                Arrays.fill(image, (byte) 0);
                assertArrayEquals(image, Images.roundTrip(codec, shape, image), shape.toString());
            }
        }
    }

    /** A chunk is 256 KiB: one byte or element less, the same, and more. */
    @ParameterizedTest
    @ValueSource(ints = {131_071, 131_072, 131_073, 262_143, 262_144, 262_145, 400_001})
    void shouldBringSectionsAroundAChunkBack(int elements) {
        try (BlockCodec codec = open("lossless")) {
            for (ElementType type : new ElementType[] {ElementType.BF16, ElementType.FP8_E4M3, ElementType.INT8}) {
                ImageShape shape = Images.shape(type, DimensionOrder.NHD, 1, elements, 1, 1);
                byte[] image = Images.random((int) shape.lengthBytes(), elements);
                assertArrayEquals(image, Images.roundTrip(codec, shape, image), shape.toString());
                Arrays.fill(image, image.length / 3, image.length, (byte) 0x3f);
                assertArrayEquals(image, Images.roundTrip(codec, shape, image), shape.toString());
            }
        }
    }

    @Provide
    Arbitrary<byte[]> images() {
        Arbitrary<Byte> few = Arbitraries.of((byte) 0, (byte) 0x3f, (byte) 0xbf, (byte) 0x80, (byte) 0x7f, (byte) 0xff);
        Arbitrary<byte[]> dull = few.array(byte[].class).ofMinSize(0).ofMaxSize(3000);
        Arbitrary<byte[]> wild = Arbitraries.bytes().array(byte[].class).ofMinSize(0).ofMaxSize(3000);
        return Combinators.combine(dull, wild).as((one, other) -> {
            byte[] both = Arrays.copyOf(one, one.length + other.length);
            System.arraycopy(other, 0, both, one.length, other.length);
            return both;
        });
    }

    @Property(tries = 300)
    void shouldBringAnyBytesBack(@ForAll("images") byte[] image, @ForAll ElementType type, @ForAll boolean isMixed) {
        ImageShape shape = new ImageShape(type, DimensionOrder.NHD, 1, image.length, 1, 1, 0, isMixed);
        try (BlockCodec codec = open("lossless:level=3")) {
            assertArrayEquals(image, Images.roundTrip(codec, shape, image));
        }
    }

    /** What a codec is for: exponents of KV take about three bits of their eight. */
    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"BF16", "FP16"})
    void shouldMakeWhatLooksLikeKvSmaller(ElementType type) {
        ImageShape shape = Images.shape(type, DimensionOrder.NHD, 2, 256, 2, 64);
        byte[] image = Images.drifting(shape, 7);
        try (BlockCodec codec = open("lossless"); Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, image);
            MemorySegment target = Images.fenced(arena, codec.encodedBytesMax(shape));
            long length = codec.encode(shape, source.address(), target.address(), target.byteSize());

            assertTrue(length < image.length * (type == ElementType.BF16 ? 0.75 : 0.95), () -> "length=" + length);
            assertEquals(0, codec.blocksStoredPlain());
        }
    }

    @Test
    void shouldStoreNoiseAsItIs() {
        ImageShape shape = Images.shape(ElementType.BF16, DimensionOrder.NHD, 2, 64, 2, 64);
        byte[] image = Images.random((int) shape.lengthBytes(), 3);
        try (BlockCodec codec = open("lossless")) {
            assertArrayEquals(image, Images.roundTrip(codec, shape, image));
            assertEquals(1, codec.blocksStoredPlain());
        }
    }

    @Test
    void shouldNameALevelThatZstdDoesNotHave() {
        String message = assertThrows(IllegalArgumentException.class, () -> open("lossless:level=20")).getMessage();
        assertTrue(message.contains("level=20"), message);
    }
}
