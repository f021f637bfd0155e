package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After a pause of its own a receiver reads for 100 ms before it says that anybody's time is over; on whatever clock. */
class OwnPauseTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long CATCH_UP = SECOND / 10;

    private final OwnPause pause = new OwnPause();

    @ParameterizedTest
    @ValueSource(longs = {0, -5_000_000_000L, Long.MAX_VALUE - 1_500_000_000L, 7})
    void shouldCatchUpForAWhileAfterMoreThanASecondAndNotOtherwise(long start) {
        assertFalse(pause.isCatchingUp(start), "nothing came before the first cycle");
        long now = start + SECOND;
        assertFalse(pause.isCatchingUp(now), "slow is no pause");
        now += SECOND + 1;
        assertTrue(pause.isCatchingUp(now));
        assertTrue(pause.isCatchingUp(now + CATCH_UP - 1));
        assertFalse(pause.isCatchingUp(now + CATCH_UP));
        assertFalse(pause.isCatchingUp(now + CATCH_UP + 1));
        now += CATCH_UP + 2 * SECOND;
        assertTrue(pause.isCatchingUp(now), "and once more");
        now += SECOND / 20 + SECOND + 1;
        assertTrue(pause.isCatchingUp(now), "a pause within it begins it anew");
        assertTrue(pause.isCatchingUp(now + CATCH_UP - 1));
        assertFalse(pause.isCatchingUp(now + CATCH_UP));
    }
}
