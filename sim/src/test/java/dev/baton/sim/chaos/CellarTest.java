package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;

class CellarTest {
    private static final long LENGTH_BYTES = 8192;

    private final Cellar cellar = Cellar.ofThread();
    private final MemoryLedger ledger = new MemoryLedger(cellar);

    @Test
    void shouldGiveNobodyMemoryOfTheSameSeedAgain() {
        long first;
        try (Region region = Regions.anonymous(ledger, "first", LENGTH_BYTES)) {
            first = region.address();
            region.segment().fill((byte) 7);
        }
        try (Region second = Regions.anonymous(ledger, "second", LENGTH_BYTES)) {
            assertNotEquals(first, second.address());
        }
        assertEquals(0, cellar.endSeed());
        try (Region third = Regions.anonymous(ledger, "third", LENGTH_BYTES);
            Region fourth = Regions.anonymous(ledger, "fourth", LENGTH_BYTES)) {
            assertEquals(-1, third.segment().mismatch(fourth.segment()));
            assertEquals(0, third.segment().get(ValueLayout.JAVA_LONG, LENGTH_BYTES - Long.BYTES));
        }
        assertEquals(0, cellar.endSeed());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4000, LENGTH_BYTES - 1})
    void shouldTellOfAWriteToMemoryThatWasGivenBack(long offset) {
        MemorySegment everything = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
        Region region = Regions.anonymous(ledger, "late", LENGTH_BYTES);
        region.close();
        everything.set(ValueLayout.JAVA_BYTE, region.address() + offset, (byte) 1);

        assertEquals(LENGTH_BYTES, cellar.endSeed());
        assertEquals(0, cellar.endSeed());
    }
}
