package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReuseRatesTest {
    private static final long UNIT = 1000;

    private final ReuseRates rates = new ReuseRates(3, UNIT, 9);

    /** Blocks of a class that come back at this age, or never, which is seen as waiting for 64 units. */
    private void see(int blockClass, int count, long reuseAge) {
        for (int i = 0; i < count; i++) {
            long end = reuseAge > 0 ? reuseAge : 64 * UNIT;
            for (long age = 100; age <= end; age += 100) {
                rates.onExposure(blockClass, age, 100);
            }
            if (reuseAge > 0) {
                rates.onReuse(blockClass, reuseAge);
            }
        }
    }

    @Test
    void shouldBeLruBeforeAnythingWasSeen() {
        for (long age = 0; age < 128 * UNIT; age += 250) {
            assertTrue(rates.value(0, age) >= rates.value(0, age + 250), "age=" + age);
            assertEquals(rates.value(0, age), rates.value(2, age));
        }
        assertTrue(rates.value(0, 0) > 10 * rates.value(0, 64 * UNIT));
    }

    @Test
    void shouldValueABlockMoreTheNearerItsTimeAndLittleAfterIt() {
        see(0, 500, 6 * UNIT);
        see(0, 500, 0);
        rates.conclude(0);

        assertTrue(rates.value(0, 3 * UNIT) > rates.value(0, 0));
        assertTrue(rates.value(0, 5500) > rates.value(0, 3 * UNIT));
        assertTrue(rates.value(0, 9 * UNIT) < rates.value(0, 0) / 4);
        assertTrue(rates.value(0, 0) > 0);
    }

    @Test
    void shouldTellClassesApartAndTreatAnUnknownOneAsAllAre() {
        see(0, 500, UNIT / 4);
        see(1, 500, 0);
        rates.conclude(0);

        assertTrue(rates.value(0, 0) > rates.value(2, 0));
        assertTrue(rates.value(2, 0) > rates.value(1, 0));
    }

    @Test
    void shouldForgetEarlyReuseSoonerThanLateReuse() {
        see(0, 500, UNIT / 4);
        see(1, 500, 32 * UNIT);
        rates.conclude(0);
        double early = rates.value(0, 0);
        double late = rates.value(1, 31 * UNIT);
        rates.conclude(40 * UNIT);                           // five times as many touches as the cache has blocks
        rates.conclude(0);

        assertTrue(rates.value(1, 31 * UNIT) > 0.9 * late);
        assertTrue(rates.value(0, 0) < 0.9 * early, () -> "early=" + early + " now=" + rates.value(0, 0));
    }

    @Test
    void shouldLearnFromASampleOfKeysWhatHoldsForAll() {
        TouchHistory history = new TouchHistory(20_000);
        long touch = 0;
        long told = 0;
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 250; i++) {
                // Every key comes twice, the second time after 4,000 touches of others.
                long fresh = mix(round * 250L + i);
                long again = mix(Math.max(0, round - 8) * 250L + i);
                if (history.isSampled(fresh)) {
                    history.onTouch(fresh, 1, touch, told, rates);
                }
                touch++;
                if (round >= 8 && history.isSampled(again)) {
                    history.onTouch(again, 2, touch, told, rates);
                }
                touch++;
            }
            history.expose(touch, told, rates.ageMax(), rates);
            told = touch;
        }
        rates.conclude(0);
        assertTrue(rates.value(1, 3600) > 2 * rates.value(2, 3600));
        assertTrue(history.bookkeepingBytes() < 1_300_000, "it is bounded");
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
