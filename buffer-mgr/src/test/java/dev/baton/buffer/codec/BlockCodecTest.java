package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.memory.Copier;
import dev.baton.platform.ThreadAllocation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** The header, what is refused, and what is stored when the codec asked for cannot do it. */
class BlockCodecTest {
    static final java.util.List<String> NAMES = CodecRegistry.builtIn().names();
    private static final int ROUNDS = 20;
    /** For one block of {@link #SHAPE}: two layers' keys and values, two planes of each, there and back. */
    private static final int ZSTD_CALLS = 2 * 2 * 2 * 2;
    private static final ImageShape SHAPE = Images.shape(ElementType.BF16, DimensionOrder.NHD, 2, 64, 2, 32);

    private static BlockCodec open(String spec) {
        return BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(spec));
    }

    private static byte[] encoded(BlockCodec codec, ImageShape shape, byte[] image) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, image);
            MemorySegment target = Images.fenced(arena, codec.encodedBytesMax(shape));
            long length = codec.encode(shape, source.address(), target.address(), target.byteSize());
            return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static byte[] decoded(BlockCodec codec, ImageShape shape, byte[] encoded) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, encoded);
            MemorySegment target = Images.fenced(arena, shape.lengthBytes());
            try {
                codec.decode(shape, source.address(), encoded.length, target.address());
            } finally {
                assertTrue(Images.isFenceWhole(target));
            }
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void assertRefused(BlockCodec codec, byte[] encoded, String named) {
        String message = assertThrows(CodecException.class, () -> decoded(codec, SHAPE, encoded)).getMessage();
        assertTrue(message.contains(named), message);
    }

    /** A header changed on purpose, with its CRC made right again. */
    private static byte[] withHeaderByte(byte[] encoded, int at, int value) {
        byte[] changed = encoded.clone();
        changed[at] = (byte) value;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = Images.fenced(arena, changed);
            CodecHeader.seal(memory.address(), Copier.java().crc(memory.address(), CodecHeader.CHECKED_BYTES, 0));
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void shouldReadWhatAnyCodecWrote() {
        byte[] image = Images.drifting(SHAPE, 1);
        for (String writer : NAMES) {
            try (BlockCodec from = open(writer); BlockCodec to = open("none")) {
                byte[] encoded = encoded(from, SHAPE, image);
                assertArrayEquals(decoded(from, SHAPE, encoded), decoded(to, SHAPE, encoded), writer);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 9, headerVersion=9", "5, 200, codecId=200", "6, 7, codec=lossless version=7", "7, 1, elementType=1",
        "32, 63, slots=63", "36, 1, heads=1", "40, 62, keyRowBytes=62", "44, 66, valueRowBytes=66", "48, 1, layers=1",
        "52, 1, order=1", "53, 1, mixed=1", "8, 1, rawBytes=", "16, 1, encodedBytes=", "0, 0, magic=",
        "56, 0, crcRead="})
    void shouldNameWhatItDoesNotKnow(int at, int value, String named) {
        try (BlockCodec codec = open("lossless")) {
            byte[] encoded = encoded(codec, SHAPE, Images.drifting(SHAPE, 2));
            assertRefused(codec, withHeaderByte(encoded, at, encoded[at] == value ? value + 1 : value), named);
        }
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void shouldRefuseEveryFlippedBitOfAHeaderAndEveryCut(String name) {
        try (BlockCodec codec = open(name)) {
            byte[] encoded = encoded(codec, SHAPE, Images.drifting(SHAPE, 3));
            for (int bit = 0; bit < CodecHeader.LENGTH_BYTES * 8; bit++) {
                byte[] damaged = encoded.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));
                assertRefused(codec, damaged, "=");
            }
            for (int length = 0; length < encoded.length; length += 1 + length / 10) {
                assertRefused(codec, java.util.Arrays.copyOf(encoded, length), "=");
            }
            assertRefused(codec, java.util.Arrays.copyOf(encoded, encoded.length + 1), "encodedBytes=");
        }
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void shouldNeverGiveDamagedBytes(String name) {
        try (BlockCodec codec = open(name)) {
            byte[] encoded = encoded(codec, SHAPE, Images.drifting(SHAPE, 4));
            byte[] right = decoded(codec, SHAPE, encoded);
            for (int at = CodecHeader.LENGTH_BYTES; at < encoded.length; at += 7) {
                byte[] damaged = encoded.clone();
                damaged[at] ^= (byte) (1 << (at % 8));
                try {
                    // zstd may read the same from bytes that differ where nothing depends on them.
                    assertArrayEquals(right, decoded(codec, SHAPE, damaged));
                } catch (CodecException refused) {
                    assertTrue(refused.getMessage().contains("="), refused.getMessage());
                }
            }
        }
    }

    @Test
    void shouldStoreLosslessWhatMissesItsBound() {
        try (BlockCodec codec = open("int8:bound=0.0001")) {
            byte[] image = Images.drifting(SHAPE, 5);

            assertArrayEquals(image, Images.roundTrip(codec, SHAPE, image));
            assertEquals(1, codec.blocksStoredLossless());
            assertEquals(1, codec.blocksEncoded());
        }
    }

    @ParameterizedTest
    @CsvSource({"int8, 0x7f80", "int8, 0xffc1", "fp8, 0x7f81", "cachegen, 0xff80", "cachegen, 0x7fff"})
    void shouldStoreLosslessWhatIsNotFinite(String name, String bits) {
        byte[] image = Images.drifting(SHAPE, 6);
        int word = Integer.decode(bits);
        image[4000] = (byte) word;
        image[4001] = (byte) (word >>> 8);
        try (BlockCodec codec = open(name)) {
            assertArrayEquals(image, Images.roundTrip(codec, SHAPE, image));
            assertEquals(1, codec.blocksStoredLossless());
        }
    }

    @Test
    void shouldStoreLosslessWhatLossyCodecsDoNotTake() {
        ImageShape shape = Images.shape(ElementType.FP8_E5M2, DimensionOrder.NHD, 1, 64, 1, 64);
        byte[] image = new byte[(int) shape.lengthBytes()];
        try (BlockCodec codec = open("int8")) {
            assertArrayEquals(image, Images.roundTrip(codec, shape, image));
            assertEquals(1, codec.blocksStoredLossless());
        }
    }

    @Test
    void shouldRefuseATargetThatMayBeTooSmall() {
        try (BlockCodec codec = open("none")) {
            long capacity = codec.encodedBytesMax(SHAPE) - 1;
            String message = assertThrows(IllegalArgumentException.class, () -> codec.encode(SHAPE, 0, 0, capacity))
                .getMessage();
            assertTrue(message.contains("capacity=" + capacity), message);
        }
    }

    /**
     * Nothing by code of ours. The zstd library wraps each array that it is given in memory segments, about 150 bytes a call,
     * which the compiler removes in a young process and may not in one that has done much else.
     */
    @ParameterizedTest
    @FieldSource("NAMES")
    void shouldAllocateNothingOnceWarmButWhatZstdDoes(String name) {
        long allowed = name.equals("lossless") ? ZSTD_CALLS * 256 : 0;
        try (BlockCodec codec = open(name); Arena arena = Arena.ofConfined()) {
            MemorySegment source = Images.fenced(arena, Images.drifting(SHAPE, 8));
            MemorySegment encoded = Images.fenced(arena, codec.encodedBytesMax(SHAPE));
            long least = Long.MAX_VALUE;
            long fromNs = System.nanoTime();
            while (least > ROUNDS * allowed && System.nanoTime() - fromNs < 60_000_000_000L) {   // until the compiler has come to it
                long before = ThreadAllocation.currentThreadBytes();
                for (int i = 0; i < ROUNDS; i++) {
                    long length = codec.encode(SHAPE, source.address(), encoded.address(), encoded.byteSize());
                    codec.decode(SHAPE, encoded.address(), length, source.address());
                }
                least = Math.min(least, ThreadAllocation.currentThreadBytes() - before);
            }
            assertTrue(least <= ROUNDS * allowed, "bytes of " + ROUNDS + " blocks: " + least);
        }
    }

    @Test
    void shouldTakeACodecFromOutsideByName() {
        CodecRegistry more = CodecRegistry.builtIn()
            .with(new CodecProvider("mine", 99, 3, Set.of("level"), LosslessCodec::new));
        byte[] image = Images.drifting(SHAPE, 9);
        try (BlockCodec codec = BlockCodec.open(more, new CodecSpec("mine", Map.of("level", "2")))) {
            byte[] encoded = encoded(codec, SHAPE, image);

            assertEquals(99, encoded[5]);
            assertArrayEquals(image, decoded(codec, SHAPE, encoded));
            assertRefused(open("none"), encoded, "codecId=99");
        }
        assertThrows(IllegalArgumentException.class,
            () -> more.with(new CodecProvider("other", 99, 1, Set.of(), LosslessCodec::new)));
    }

    @ParameterizedTest
    @CsvSource({"zip, codec=zip", "int8:bound=x, bound=x", "int8:bound=0, bound=0", "int8:size=1, parameter=size"})
    void shouldNameWhatItCannotOpen(String spec, String named) {
        String message = assertThrows(IllegalArgumentException.class, () -> open(spec)).getMessage();
        assertTrue(message.contains(named), message);
    }
}
