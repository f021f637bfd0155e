package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CohortsTest {
    private static final long SEED = 20261121;
    private static final int SLOTS = 500;
    private static final long EPOCH = 300;

    /** Rates that know nothing rank by age alone, so the first must be about the oldest there is, however often cohorts were joined. */
    @Test
    void shouldOrderByAgeThroughManyJoinsAndLoseNobody() {
        SplittableRandom random = new SplittableRandom(SEED);
        Cohorts cohorts = new Cohorts(SLOTS, 3, RecomputeCost.EVEN, new ReuseRates(3, 1000, 9));
        long[] touched = new long[SLOTS];
        int linked = 0;
        cohorts.begin(0);
        long touch = 0;
        for (int epoch = 1; epoch < 4000; epoch++) {
            for (int i = 0; i < 5; i++) {
                int slot = random.nextInt(SLOTS);
                if (cohorts.isLinked(slot)) {
                    cohorts.unlink(slot);
                    linked--;
                } else {
                    touched[slot] = random.nextInt(4) == 0 ? Math.max(0, touch - random.nextInt(5000)) : touch;
                    cohorts.add(slot, random.nextInt(3), 0, touched[slot]);
                    linked++;
                }
                touch += EPOCH / 5;
            }
            cohorts.begin(touch);
            if (linked > 0) {
                long oldest = Long.MAX_VALUE;
                for (int slot = 0; slot < SLOTS; slot++) {
                    oldest = cohorts.isLinked(slot) ? Math.min(oldest, touched[slot]) : oldest;
                }
                long age = touch - touched[cohorts.first()];
                // A cohort spans an eighth of its age at most when it is joined, and ages of one bucket are all one.
                assertTrue(age >= 0.65 * (touch - oldest) - 2 * EPOCH,
                    "seed=" + SEED + " epoch=" + epoch + " age=" + age + " oldest=" + (touch - oldest));
            }
        }
        for (int slot = cohorts.first(); slot != SlotLists.NIL; slot = cohorts.first()) {
            cohorts.unlink(slot);
            linked--;
        }
        assertEquals(0, linked);
    }

    @Test
    void shouldNominateAtOnceWhatBecomesTheLeastWorth() {
        Cohorts cohorts = new Cohorts(SLOTS, 1, RecomputeCost.EVEN, new ReuseRates(1, 1000, 9));
        for (int epoch = 0; epoch < 10; epoch++) {
            cohorts.begin(epoch * 1000L);
        }
        cohorts.add(1, 0, 0, 8500);
        assertEquals(1, cohorts.first());
        cohorts.add(2, 0, 0, 1500);
        assertEquals(2, cohorts.first());
        cohorts.unlink(2);
        assertEquals(1, cohorts.first());
        assertFalse(cohorts.isLinked(2));
    }
}
