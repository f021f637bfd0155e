package dev.baton.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.ThreadAllocation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Both codes are AES-128-GCM, and agree; a changed bit is found wherever it is. */
@ParameterizedClass(name = "{0}")
@MethodSource("codes")
class AesGcmTest {
    private static final int ADDITIONAL_BYTES = 96;
    private static final int LENGTH_MAX = 200_000;
    private static final int SALT = 0x0403_0201;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final Random random = new Random(seed);
    @AutoClose
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment additional = arena.allocate(ADDITIONAL_BYTES);
    private final MemorySegment plain = arena.allocate(LENGTH_MAX);
    private final MemorySegment sealed = arena.allocate(LENGTH_MAX);
    private final MemorySegment opened = arena.allocate(LENGTH_MAX);
    private final MemorySegment tag = arena.allocate(AesGcm.TAG_BYTES);
    private final byte[] key = new byte[AesGcm.KEY_BYTES];

    @Parameter(0)
    private String name;

    @Parameter(1)
    private BiFunction<byte[], Integer, AesGcm> code;

    static Stream<Arguments> codes() {
        BiFunction<byte[], Integer, AesGcm> java = AesGcm::java;
        BiFunction<byte[], Integer, AesGcm> best = AesGcm::best;
        return AesGcm.availability().isPresent() ? Stream.of(Arguments.of("java", java), Arguments.of("openssl", best))
            : Stream.of(Arguments.of("java", java));
    }

    @BeforeEach
    void fill() {
        System.out.println("code=" + name + " seed=" + seed);
        random.nextBytes(key);
        fill(additional);
        fill(plain);
    }

    /** Case 4 of the GCM specification's own vectors (McGrew and Viega, appendix B). */
    @Test
    void shouldGiveTheBytesOfTheStandard() {
        byte[] standardKey = hex("feffe9928665731c6d6a8f9467308308");
        MemorySegment.copy(MemorySegment.ofArray(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")), 0, additional, 0, 20);
        byte[] text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
            + "b16aedf5aa0de657ba637b39");
        MemorySegment.copy(MemorySegment.ofArray(text), 0, plain, 0, text.length);
        // The nonce cafebabefacedbaddecaf888, its parts as they are read from memory.
        try (AesGcm gcm = code.apply(standardKey, Integer.reverseBytes(0xcafebabe))) {
            assertEquals(name, gcm.name());
            gcm.seal(Long.reverseBytes(0xfacedbaddecaf888L), additional.address(), 20, plain.address(), sealed.address(),
                text.length, tag.address());
            assertArrayEquals(hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
                + "1ba30b396a0aac973d58e091"), bytes(sealed, text.length));
            assertArrayEquals(hex("5bc94fbc3221a5db94fae95ae7121a47"), bytes(tag, AesGcm.TAG_BYTES));
        }
    }

    @Test
    void shouldAgreeWithTheOtherCodeOnEveryLength() {
        try (AesGcm one = code.apply(key, SALT); AesGcm other = AesGcm.java(key, SALT)) {
            for (int length : new int[] {0, 1, 15, 16, 17, 64, 4095, 65_408, 131_072, LENGTH_MAX}) {
                one.seal(length, additional.address(), 72, plain.address(), sealed.address(), length, tag.address());
                assertTrue(other.open(length, additional.address(), 72, sealed.address(), opened.address(), length,
                    tag.address()), "length=" + length);
                assertArrayEquals(bytes(plain, length), bytes(opened, length));
                assertTrue(one.open(length, additional.address(), 72, sealed.address(), sealed.address(), length,
                    tag.address()), "in place: length=" + length);
                assertArrayEquals(bytes(plain, length), bytes(sealed, length));
            }
        }
    }

    @Test
    void shouldRefuseAnyChangedBitAnotherNonceAndAnotherKey() {
        int length = 1000;
        try (AesGcm gcm = code.apply(key, SALT)) {
            gcm.seal(7, additional.address(), ADDITIONAL_BYTES, plain.address(), sealed.address(), length,
                tag.address());
            for (MemorySegment part : new MemorySegment[] {additional, sealed.asSlice(0, length), tag}) {
                for (int i = 0; i < 40; i++) {
                    long bit = random.nextLong(part.byteSize() * Byte.SIZE);
                    flip(part, bit);
                    assertFalse(isOpened(gcm, 7, length), "bit=" + bit + " of " + part.byteSize() + " bytes");
                    flip(part, bit);
                }
            }
            assertFalse(isOpened(gcm, 8, length));
            assertFalse(isOpened(gcm, 7, length - 1));
            assertTrue(isOpened(gcm, 7, length), "refusals leave nothing behind");
        }
        try (AesGcm other = code.apply(key, SALT + 1)) {
            assertFalse(isOpened(other, 7, length), "another salt");
        }
        key[3]++;
        try (AesGcm other = code.apply(key, SALT)) {
            assertFalse(isOpened(other, 7, length), "another key");
        }
    }

    @Test
    void shouldRefuseToWorkOnceTheKeyIsForgotten() {
        AesGcm gcm = code.apply(key, SALT);
        gcm.close();
        gcm.close();
        assertThrows(IllegalStateException.class, () -> isOpened(gcm, 1, 16));
    }

    @Test
    void shouldAllocateNothingOnceWarm() {
        int length = 64 << 10;
        try (AesGcm gcm = code.apply(key, SALT)) {
            long allocatedBytes = Long.MAX_VALUE;
            long counter = 0;
            // What the compiler removes once it has come to it: on a busy machine that may be late.
            int rounds = name.equals("java") ? 20 : 2_000;
            for (int round = 0; round < rounds && allocatedBytes > 0; round++) {
                long before = ThreadAllocation.currentThreadBytes();
                for (int i = 0; i < 100; i++) {
                    gcm.seal(++counter, additional.address(), 72, plain.address(), sealed.address(), length,
                        tag.address());
                    assertTrue(isOpened(gcm, counter, 72, length));
                }
                allocatedBytes = ThreadAllocation.currentThreadBytes() - before;
            }
            // Java's own code makes objects for each nonce: known, and why it is the second choice.
            assertEquals(name.equals("java"), allocatedBytes > 0, "allocatedBytes=" + allocatedBytes);
            System.out.println("code=" + name + " bytes allocated for a message there and back: " + allocatedBytes / 100);
        }
    }

    private boolean isOpened(AesGcm gcm, long counter, int length) {
        return isOpened(gcm, counter, ADDITIONAL_BYTES, length);
    }

    private boolean isOpened(AesGcm gcm, long counter, int additionalBytes, int length) {
        return gcm.open(counter, additional.address(), additionalBytes, sealed.address(), opened.address(), length,
            tag.address());
    }

    private void fill(MemorySegment segment) {
        byte[] bytes = new byte[(int) segment.byteSize()];
        random.nextBytes(bytes);
        segment.copyFrom(MemorySegment.ofArray(bytes));
    }

    private static void flip(MemorySegment segment, long bit) {
        byte was = segment.get(ValueLayout.JAVA_BYTE, bit >> 3);
        segment.set(ValueLayout.JAVA_BYTE, bit >> 3, (byte) (was ^ 1 << (bit & 7)));
    }

    private static byte[] bytes(MemorySegment segment, int length) {
        return segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
