package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;

class LazyMemoryTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 5000, 1 << 20, 3L << 20})
    void shouldBeBlankCountedAndGoneWhenClosed(long lengthBytes) {
        MemoryLedger ledger = new MemoryLedger(LazyMemory.orNull());
        Region region = Regions.anonymous(ledger, "test", lengthBytes);
        MemorySegment memory = region.segment();

        assertEquals(lengthBytes, memory.byteSize());
        assertEquals(lengthBytes, ledger.totalBytes());
        assertEquals(0, region.address() & 4095);
        for (long at = 0; at < lengthBytes; at++) {
            assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, at));
        }
        memory.fill((byte) 7);
        region.close();
        assertTrue(ledger.isEmpty());
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }
}
