package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineLimitTest {
    private final LineLimit limit = new LineLimit();

    /** Clocks may be negative, and may wrap. */
    @ParameterizedTest
    @ValueSource(longs = {-7_000_000_000L, 0, Long.MAX_VALUE - 500_000_000L})
    void shouldLetSoManyGoInASecondAndSayOnceHowManyItLeftOut(long nowNs) {
        for (int i = 0; i < LineLimit.LINES_PER_SECOND_MAX; i++) {
            assertTrue(limit.hasRoom(nowNs + i));
            assertEquals("", limit.leftOut());
        }
        assertFalse(limit.hasRoom(nowNs + 100));
        assertFalse(limit.hasRoom(nowNs + TimeUnit.SECONDS.toNanos(1) - 1));
        assertTrue(limit.hasRoom(nowNs + TimeUnit.SECONDS.toNanos(1)));
        assertEquals(" linesLeftOut=2", limit.leftOut());
        assertTrue(limit.hasRoom(nowNs + TimeUnit.SECONDS.toNanos(1)));
        assertEquals("", limit.leftOut());
    }
}
