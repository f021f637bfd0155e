package dev.baton.buffer.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReserveBenchTest {
    @Test
    void shouldMeasureAFragmentedPoolAndKeepWithinItsBookkeeping() {
        ReserveBench.Result result = ReserveBench.run(20_000_000, 42);

        assertTrue(result.freeRuns() > 2000, () -> "not fragmented: " + result);
        assertTrue(result.runsPerSmallGrant() >= 8, result::toString);
        assertEquals(32, result.runsPerLargeGrant(), result::toString);
        assertTrue(result.extentBookkeepingBytes() <= 64, result::toString);
        assertTrue(result.reservationBookkeepingBytes() <= 1024, result::toString);
    }
}
