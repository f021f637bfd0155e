package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lossy codecs give back lies within their bound, by an error that is computed here anew. */
class LossyCodecTest {
    static final List<String> LOSSY = List.of("int8", "int8:bound=0.02", "fp8", "cachegen", "cachegen:bin=0.02;bound=0.1",
        "cachegen:bin=1;bound=2;group=3", "cachegen:group=1", "cachegen:group=65535");

    private static float number(ElementType type, byte[] image, int index) {
        short word = MemorySegment.ofArray(image).get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index);
        return type == ElementType.BF16 ? Float.intBitsToFloat(word << 16) : Float.float16ToFloat(word);
    }

    /** The largest difference, in root mean squares of its section. */
    private static double error(ImageShape shape, byte[] was, byte[] is) {
        double worst = 0;
        int count = (int) shape.sectionBytes(0) / 2;
        for (int section = 0; section < 2 * shape.layers(); section++) {
            double squares = 0;
            double largest = 0;
            for (int i = section * count; i < (section + 1) * count; i++) {
                float before = number(shape.elements(), was, i);
                squares += (double) before * before;
                largest = Math.max(largest, Math.abs((double) before - number(shape.elements(), is, i)));
            }
            worst = Math.max(worst, largest == 0 ? 0 : largest / Math.sqrt(squares / count));
        }
        return worst;
    }

    private static void check(String spec, ImageShape shape, byte[] image) {
        try (BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(spec));
            Codec bare = CodecRegistry.builtIn().ofName(CodecSpec.parse(spec).name()).open(CodecSpec.parse(spec))) {
            byte[] decoded = Images.roundTrip(codec, shape, image);
            double error = error(shape, image, decoded);
            assertTrue(error <= bare.errorBound() * 1.000001, () -> spec + " " + shape + " error=" + error);
        }
    }

    @TestFactory
    Stream<DynamicTest> shouldKeepTheirBound() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String spec : LOSSY) {
            for (ElementType type : List.of(ElementType.BF16, ElementType.FP16)) {
                for (DimensionOrder order : DimensionOrder.values()) {
                    tests.add(DynamicTest.dynamicTest(spec + " " + type + " " + order, () -> {
                        Random random = new Random(17);
                        for (int slots : new int[] {0, 1, 2, 9, 10, 11, 64, 131}) {
                            ImageShape shape = Images.shape(type, order, 1 + slots % 4, slots, 1 + slots % 3,
                                1 + random.nextInt(40));
                            byte[] image = Images.drifting(shape, slots);
                            check(spec, shape, image);
                            check(spec, shape, new byte[image.length]);
                        }
                    }));
                }
            }
        }
        return tests.stream();
    }

    /** Single elements a thousand times as large as the rest: escapes of cachegen, poor steps of int8. */
    @ParameterizedTest
    @ValueSource(strings = {"int8", "cachegen", "cachegen:bin=0.01;bound=10"})
    void shouldKeepTheirBoundWithOutliers(String spec) {
        ImageShape shape = Images.shape(ElementType.BF16, DimensionOrder.NHD, 3, 50, 2, 16);
        byte[] image = Images.drifting(shape, 3);
        for (int i = 0; i < 40; i++) {
            int at = 2 * (i * 97 % (image.length / 2));
            image[at + 1] = (byte) (i % 2 == 0 ? 0x45 : 0xc5);
        }
        check(spec, shape, image);
    }

    @ParameterizedTest
    @ValueSource(strings = {"int8", "fp8", "cachegen"})
    void shouldSayInTheHeaderHowFarOffTheyAre(String spec) {
        ImageShape shape = Images.shape(ElementType.FP16, DimensionOrder.NHD, 2, 64, 2, 32);
        byte[] image = Images.drifting(shape, 4);
        try (BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(spec));
            Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, image);
            MemorySegment target = Images.fenced(arena, codec.encodedBytesMax(shape));
            codec.encode(shape, source.address(), target.address(), target.byteSize());
            float said = target.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 28);

            assertEquals(0, codec.blocksStoredLossless());
            assertEquals(error(shape, image, Images.roundTrip(codec, shape, image)), said, 1e-6);
            assertTrue(said > 0);
        }
    }

    /** Drift from token to token is what anchors are for. */
    @Test
    void shouldPayMoreThanEightBitsDo() {
        ImageShape shape = Images.shape(ElementType.BF16, DimensionOrder.NHD, 3, 256, 4, 64);
        byte[] image = Images.drifting(shape, 5);
        long int8 = encodedBytes("int8", shape, image);
        long cachegen = encodedBytes("cachegen:bin=0.3;bound=0.4", shape, image);
        assertTrue(int8 < image.length * 0.52 && cachegen < int8 * 0.6, "int8=" + int8 + " cachegen=" + cachegen);
    }

    private static long encodedBytes(String spec, ImageShape shape, byte[] image) {
        try (BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(spec));
            Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, image);
            MemorySegment target = Images.fenced(arena, codec.encodedBytesMax(shape));
            return codec.encode(shape, source.address(), target.address(), target.byteSize());
        }
    }

    @Test
    void shouldGiveConstantsBackExactly() {
        ImageShape shape = Images.shape(ElementType.BF16, DimensionOrder.NHD, 1, 20, 1, 8);
        byte[] zeros = new byte[(int) shape.lengthBytes()];
        for (String spec : LOSSY) {
            try (BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(spec))) {
                assertArrayEquals(zeros, Images.roundTrip(codec, shape, zeros), spec);
            }
        }
    }
}
