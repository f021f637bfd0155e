package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.memory.RunCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs of bytes on their way over a lane: every bit comes back, or a plain no. */
class LosslessRunsTest {
    private static final byte GUARD = 0x5b;

    private final MemoryLedger ledger = new MemoryLedger();
    private final LosslessRuns runs = new LosslessRuns();
    private final int most = runs.runBytesMax();
    private final Region source = Regions.anonymous(ledger, "test.source", most);
    private final Region coded = Regions.anonymous(ledger, "test.coded", runs.encodedBytesMax(most) + 64);
    private final Region target = Regions.anonymous(ledger, "test.target", most + 64);

    @AfterEach
    void close() {
        runs.close();
        source.close();
        coded.close();
        target.close();
    }

    @Test
    void shouldBeFoundByWhoKnowsOnlyTheInterface() {
        try (RunCodec found = RunCodec.providerOrNull().open()) {
            assertInstanceOf(LosslessRuns.class, found);
        }
    }

    @Test
    void shouldGiveEveryBitBackOfEveryKindAndLength() {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        int smaller = 0;
        for (int i = 0; i < 600; i++) {
            int kind = 1 + i % 3;
            int length = i < 60 ? 1 + i : i % 50 == 0 ? most : 1 + random.nextInt(40_000);
            fill(random, length, i % 4);
            coded.segment().fill(GUARD);
            target.segment().fill(GUARD);
            int codedBytes = runs.encode(kind, source.address(), length, coded.address());
            assertGuarded(coded, runs.encodedBytesMax(length));
            if (codedBytes == 0) {
                continue;
            }
            assertTrue(codedBytes < length, "kind=" + kind + " length=" + length + " codedBytes=" + codedBytes);
            smaller++;
            assertTrue(runs.decode(kind, coded.address(), codedBytes, target.address(), length));
            assertEquals(-1, MemorySegment.mismatch(source.segment(), 0, length, target.segment(), 0, length), "kind=" + kind + " length=" + length);
            assertGuarded(target, length);
        }
        assertTrue(smaller > 100, "something was encoded: " + smaller);
    }

    @Test
    void shouldMakeHalvesOfAlikeExponentsAFifthSmaller() {
        fill(new Random(1), most, 0);
        int codedBytes = runs.encode(RunCodec.HALVES, source.address(), most, coded.address());
        assertTrue(codedBytes > 0 && codedBytes < most * 4 / 5, "codedBytes=" + codedBytes);
        assertEquals(0, runs.encode(RunCodec.BYTES, source.address(), 0, coded.address()), "nothing is no fewer");
    }

    @Test
    void shouldRefuseWhatWasCutOrLengthened() {
        fill(new Random(3), 20_000, 0);
        int codedBytes = runs.encode(RunCodec.HALVES, source.address(), 20_000, coded.address());
        for (int wrong : new int[] {0, 1, 7, 8, codedBytes / 2, codedBytes - 1, codedBytes + 1}) {
            target.segment().fill(GUARD);
            assertFalse(runs.decode(RunCodec.HALVES, coded.address(), wrong, target.address(), 20_000), "bytes=" + wrong);
            assertGuarded(target, 20_000);
        }
        assertFalse(runs.decode(RunCodec.HALVES, coded.address(), codedBytes, target.address(), 19_998));
        assertTrue(runs.decode(RunCodec.HALVES, coded.address(), codedBytes, target.address(), 20_000), "it goes on after that");
    }

    /** Nothing is written behind the run, whatever is in it; wrong bytes are the cell's CRC's to find. */
    @Test
    void shouldEndOnAnyBytes() {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            int length = 1 + random.nextInt(5000);
            fill(random, length, 0);
            int kind = 1 + random.nextInt(3);
            int codedBytes = Math.max(1, runs.encode(kind, source.address(), length, coded.address()));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                long at = random.nextInt(codedBytes);
                coded.segment().set(ValueLayout.JAVA_BYTE, at,
                    (byte) (coded.segment().get(ValueLayout.JAVA_BYTE, at) ^ 1 << random.nextInt(8)));
            }
            target.segment().fill(GUARD);
            refused += runs.decode(kind, coded.address(), codedBytes, target.address(), length) ? 0 : 1;
            assertGuarded(target, length);
        }
        assertTrue(refused > 300, "some of it was refused: " + refused);
    }

    /** Halves of one sign whose exponents are few; other bytes of some or all values. */
    private void fill(Random random, int length, int how) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int i = 0; i < length && how != 3; i++) {
            bytes[i] = how == 2 ? (byte) (bytes[i] & 3) : i % 2 == 1 ? (byte) (0x3f + (bytes[i] & 1)) : bytes[i];
        }
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, source.segment(), 0, length);
    }

    private static void assertGuarded(Region region, int from) {
        for (long i = from; i < Math.min(region.lengthBytes(), from + 64L); i++) {
            assertEquals(GUARD, region.segment().get(ValueLayout.JAVA_BYTE, i), "byte " + i);
        }
    }
}
