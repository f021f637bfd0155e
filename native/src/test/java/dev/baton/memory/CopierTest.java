package dev.baton.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.Availability;
import dev.baton.platform.ThreadAllocation;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every copier that this machine has, one by one, against the JDK's own CRC32C and a plain comparison of bytes. */
@Timeout(120)
class CopierTest {
    private static final int SPACE_BYTES = 5 << 20;
    private static final int GUARD_BYTES = 4096;
    private static final byte GUARD = (byte) 0xa5;

    private final MemoryLedger ledger = new MemoryLedger();
    private Region source;
    private Region target;

    static List<Copier> copiers() {
        List<Copier> all = new ArrayList<>(NativeCopier.variants());
        all.add(Copier.java());
        return all;
    }

    @BeforeEach
    void makeRegions() {
        source = Regions.anonymous(ledger, "source", SPACE_BYTES);
        target = Regions.anonymous(ledger, "target", SPACE_BYTES);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        source.close();
        target.close();
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("copiers")
    void shouldAgreeWithTheJdkForAllShortLengthsAndAlignments(Copier copier) {
        fill(new Random(7));
        for (int length = 0; length <= 260; length++) {
            for (int skew = 0; skew < 64; skew += length % 4 + 3) {
                assertCopies(copier, skew, GUARD_BYTES + (skew * 7) % 64, length, 0);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("copiers")
    void shouldAgreeWithTheJdkForRandomLengthsAlignmentsAndSeeds(Copier copier) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("CopierTest seed=" + seed + " copier=" + copier.name());
        fill(random);
        for (int round = 0; round < 120; round++) {
            // Lengths of every magnitude, so that each of the code's size classes is met many times.
            int length = random.nextInt(1 << (1 + random.nextInt(22)));
            int sourceOffset = random.nextInt(SPACE_BYTES - length + 1);
            int targetOffset = GUARD_BYTES + random.nextInt(SPACE_BYTES - 2 * GUARD_BYTES - length + 1);
            int crc = random.nextInt(4) == 0 ? 0 : random.nextInt();
            assertCopies(copier, sourceOffset, targetOffset, length, crc);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("copiers")
    void shouldRunOnOverAnySplit(Copier copier) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("CopierTest seed=" + seed + " copier=" + copier.name());
        fill(random);
        for (int round = 0; round < 40; round++) {
            int length = random.nextInt(SPACE_BYTES - 2 * GUARD_BYTES);
            int copied = 0;
            int read = 0;
            for (int done = 0; done < length; ) {
                int taken = 1 + random.nextInt(Math.min(length - done, 1 << (1 + random.nextInt(21))));
                long from = source.address() + done;
                copied = copier.copyWithCrc(from, target.address() + GUARD_BYTES + done, taken, copied);
                read = copier.crc(from, taken, read);
                done += taken;
            }
            assertEquals(jdkCrc(0, length), copied);
            assertEquals(copied, read);
            assertEquals(-1, MemorySegment.mismatch(source.segment(), 0, length, target.segment(), GUARD_BYTES,
                GUARD_BYTES + (long) length));
        }
    }

    @Test
    void shouldJoinTheCrcsOfTwoParts() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("CopierTest seed=" + seed);
        fill(random);
        for (int round = 0; round < 500; round++) {
            int lengthA = random.nextInt(70_000);
            int lengthB = random.nextInt(1 << (1 + random.nextInt(20)));
            assertEquals(jdkCrc(0, lengthA + lengthB),
                CrcCombine.combine(jdkCrc(0, lengthA), jdkCrc(lengthA, lengthB), lengthB), "lengthB=" + lengthB);
        }
        assertEquals(0x1234, CrcCombine.combine(0, 0x1234, 1 << 20));
        assertEquals(0x1234, CrcCombine.combine(0x1234, 0, 0));
    }

    /** The window cache of the Java copier is cut every 512 MiB of address space; a read must pass over the cut. */
    @Test
    void shouldReadAcrossAWindowBoundary() {
        long windowBytes = 1L << 29;
        try (Region wide = Regions.anonymous(ledger, "wide", windowBytes + (4 << 20))) {
            long boundary = (wide.address() + windowBytes - 1) & -windowBytes;
            boundary = boundary - wide.address() < 4096 ? boundary + 4096 : boundary;
            long from = boundary - 4096;
            for (int i = 0; i < 8192; i++) {
                wide.segment().set(JAVA_BYTE, from - wide.address() + i, (byte) (i * 31));
            }
            CRC32C expected = new CRC32C();
            expected.update(wide.segment().asSlice(from - wide.address(), 8192).asByteBuffer());
            for (Copier copier : copiers()) {
                assertEquals((int) expected.getValue(), copier.crc(from, 8192, 0), copier.name());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("copiers")
    void shouldAllocateNothingOnceWarm(Copier copier) {
        fill(new Random(3));
        for (int i = 0; i < 20_000; i++) {
            useAllCalls(copier);
        }
        // What the compiler removes once it has come to it: on a busy machine that may be late.
        long allocatedBytes = Long.MAX_VALUE;
        for (int round = 0; round < 50 && allocatedBytes != 0; round++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 10_000; i++) {
                useAllCalls(copier);
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(0, allocatedBytes, copier.name());
    }

    @Test
    void shouldPickTheNativeCopierWhereThereIsOne() {
        switch (Copier.availability()) {
            case Availability.Present _ -> {
                assertNotNull(Copier.nativeOrNull());
                assertSame(Copier.nativeOrNull(), Copier.best());
                assertTrue(Copier.best().name().startsWith("native "), Copier.best().name());
            }
            case Availability.Absent absent -> {
                assertNull(Copier.nativeOrNull());
                assertSame(Copier.java(), Copier.best());
                System.out.println("CopierTest: Java only: " + absent.describe());
            }
        }
    }

    private int useAllCalls(Copier copier) {
        copier.copy(source.address(), target.address(), 640);
        return copier.copyWithCrc(source.address() + 3, target.address() + 5, 900, 1)
            ^ copier.crc(source.address(), 1500, 77);
    }

    private void assertCopies(Copier copier, int sourceOffset, int targetOffset, int length, int crc) {
        long from = source.address() + sourceOffset;
        long to = target.address() + targetOffset;
        int expected = CrcCombine.combine(crc, jdkCrc(sourceOffset, length), length);
        String facts = copier.name() + " sourceOffset=" + sourceOffset + " targetOffset=" + targetOffset +
            " length=" + length + " crc=" + crc;

        guard(targetOffset, length);
        assertEquals(expected, copier.copyWithCrc(from, to, length, crc), facts);
        assertLanded(sourceOffset, targetOffset, length, facts);
        guard(targetOffset, length);
        copier.copy(from, to, length);
        assertLanded(sourceOffset, targetOffset, length, facts);
        assertEquals(expected, copier.crc(from, length, crc), facts);
    }

    private void guard(int targetOffset, int length) {
        target.segment().asSlice(targetOffset - GUARD_BYTES, length + 2L * GUARD_BYTES).fill(GUARD);
    }

    private void assertLanded(int sourceOffset, int targetOffset, int length, String facts) {
        long end = targetOffset + (long) length;
        assertEquals(-1, MemorySegment.mismatch(source.segment(), sourceOffset, sourceOffset + (long) length,
            target.segment(), targetOffset, end), facts);
        for (int i = 1; i <= GUARD_BYTES; i++) {
            if (target.segment().get(JAVA_BYTE, targetOffset - i) != GUARD ||
                target.segment().get(JAVA_BYTE, end + i - 1) != GUARD) {
                throw new AssertionError("bytes outside the target were touched: distance=" + i + " " + facts);
            }
        }
    }

    private int jdkCrc(int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(source.segment().asSlice(offset, length).asByteBuffer());
        return (int) crc.getValue();
    }

    private void fill(Random random) {
        byte[] bytes = new byte[SPACE_BYTES];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, source.segment(), JAVA_BYTE, 0, bytes.length);
    }
}
