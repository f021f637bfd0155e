package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As many seeds of a range that was played before as a minute allows, on every core there is. */
@Timeout(240)
class ChaosSystemTest {
    private static final long FROM = 1_000_001;
    private static final int SEEDS_MAX = 8_770;
    private static final long SPAN_NS = TimeUnit.SECONDS.toNanos(30);

    @Test
    void shouldHoldEveryInvariantInAsManySeedsAsFit() {
        long startNs = System.nanoTime();
        Tally tally = new Tally(Scope.ALL);
        try (Silence _ = new Silence()) {
            new SeedRange(FROM, SEEDS_MAX, Scope.ALL).play(Runtime.getRuntime().availableProcessors(),
                () -> System.nanoTime() - startNs < SPAN_NS, tally::add);
        }
        StringWriter said = new StringWriter();
        tally.print(new PrintWriter(said, true), (System.nanoTime() - startNs) / 1e9);
        System.out.print("chaos: from " + FROM + ": " + said);

        assertEquals(0, tally.failures(), () -> "seed=" + tally.firstFailure() + " " + tally.firstWhy());
        assertTrue(tally.seeds() >= 100, () -> "seeds=" + tally.seeds());
    }
}
