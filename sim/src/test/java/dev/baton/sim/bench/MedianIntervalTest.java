package dev.baton.sim.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedianIntervalTest {
    /** Ranks and coverage from the binomial distribution, as in tables of the sign test; the values are 1 to count. */
    @ParameterizedTest(name = "{0} values")
    @CsvSource({
        "1, 1, 1, 1, 0", "2, 1.5, 1, 2, 0.5", "5, 3, 1, 5, 0.9375", "6, 3.5, 1, 6, 0.96875", "8, 4.5, 1, 8, 0.9921875",
        "9, 5, 2, 8, 0.9609375", "11, 6, 2, 10, 0.98828125", "12, 6.5, 3, 10, 0.96142578125", "15, 8, 4, 12, 0.96484375",
        "25, 13, 8, 18, 0.95671"
    })
    void shouldTakeTheOrderStatisticsOfTheSignTest(int count, double median, double low, double high, double coverage) {
        double[] values = IntStream.range(0, count).mapToDouble(i -> 1 + (i * 7 + 3) % count).toArray();
        double[] before = values.clone();

        MedianInterval interval = MedianInterval.of(values);

        assertEquals(median, interval.median(), 1e-12);
        assertEquals(low, interval.low(), 1e-12);
        assertEquals(high, interval.high(), 1e-12);
        assertEquals(coverage, interval.coverage(), 1e-4);
        assertEquals(count, interval.count());
        assertArrayEquals(before, values, "the caller's values were changed");
    }

    @Test
    void shouldHoldTheTrueMedianOfASkewedDistributionAsOftenAsItSays() {
        long seed = 20_261_121;
        SplittableRandom random = new SplittableRandom(seed);
        int runs = 20_000;
        int held = 0;
        double[] values = new double[11];
        for (int run = 0; run < runs; run++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = -Math.log(1 - random.nextDouble());
            }
            MedianInterval interval = MedianInterval.of(values);
            held += interval.low() <= Math.log(2) && Math.log(2) <= interval.high() ? 1 : 0;
        }
        double share = held / (double) runs;
        assertTrue(Math.abs(share - 0.98828) < 0.005, "share=" + share + " seed=" + seed);
    }

    @Test
    void shouldRefuseNothing() {
        assertThrows(IllegalArgumentException.class, () -> MedianInterval.of());
    }
}
