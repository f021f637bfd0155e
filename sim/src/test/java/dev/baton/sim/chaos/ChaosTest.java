package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulation itself: that it can be trusted to say the same twice, and to be calm when nothing goes wrong. */
@Timeout(120)
class ChaosTest {
    private static final int SEEDS = 20;

    @Test
    void shouldPlayTheSameSeedsTheSameWay() {
        Tally first = play(1, SEEDS, Scope.ALL);
        Tally second = play(1, SEEDS, Scope.ALL);

        assertEquals(first.json().toString(), second.json().toString());
        assertTrue(first.events() > 1_000, () -> "events=" + first.events());
        assertNotEquals(first.hash(), play(SEEDS + 1, SEEDS, Scope.ALL).hash());
    }

    @Test
    void shouldDeliverEverythingWhereNothingGoesWrong() {
        Tally calm = play(1, 3 * SEEDS, new Scope(Integer.MAX_VALUE, EnumSet.allOf(FaultKind.class), Set.of()));

        assertEquals(0, calm.failures(), calm::firstWhy);
    }

    private static Tally play(long from, int seeds, Scope scope) {
        try (Silence _ = new Silence()) {
            Tally tally = new Tally(scope);
            for (int i = 0; i < seeds; i++) {
                tally.add(new Cluster(new Plan(from + i, scope), false).run());
            }
            return tally;
        }
    }
}
