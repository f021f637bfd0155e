package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * One owner changes counts, others read them: every interleaving of a few steps, and each reading must be one of the
 * counts between two steps. Lincheck's model checker assumes sequential consistency, so it finds a version that is not
 * raised or not looked at, and no missing fence; two real threads may.
 */
public class ExtentCountsRaceTest {
    private static final int ROUNDS = Integer.getInteger("baton.race.rounds", 2);

    private final ExtentCounts counts = new ExtentCounts(new int[] {8, 8});

    @Operation(nonParallelGroup = "owner")
    public void grantOverTwoBanks() {
        counts.begin();
        counts.taken(0, 1);
        counts.taken(1, 1);
        counts.end();
    }

    @Operation(nonParallelGroup = "owner")
    public void quarantine() {
        counts.move(0, ExtentState.OWNED, ExtentState.QUARANTINED, 1);
    }

    @Operation(nonParallelGroup = "reader")
    public String totals() {
        return counts.totals().toString();
    }

    /** Two real threads, so that the machine's own reordering has its say. */
    @Test
    void shouldShowARunningReaderNothingInBetween() throws InterruptedException {
        String[] torn = new String[1];
        AtomicBoolean isOver = new AtomicBoolean();
        Thread reader = new Thread(() -> {
            long[] copy = new long[counts.length()];
            while (!isOver.get() && torn[0] == null) {
                counts.copy(copy);
                // Both banks are granted and released together, and each has 8 extents at any moment.
                if (copy[1] != copy[6] || copy[0] + copy[1] != 8 || copy[5] + copy[6] != 8) {
                    torn[0] = Arrays.toString(copy);
                }
            }
        }, "counts-reader");
        reader.start();
        for (int i = 0; i < ROUNDS * 100_000 && torn[0] == null; i++) {
            grantOverTwoBanks();
            counts.begin();
            counts.released(0, 1);
            counts.released(1, 1);
            counts.end();
        }
        isOver.set(true);
        reader.join(60_000);

        assertFalse(reader.isAlive(), "the reader came to an end");
        assertNull(torn[0], "free, owned, sealed, quarantined, evictable of two banks");
    }

    @Test
    void shouldShowReadersTheCountsOfOneMoment() {
        new ModelCheckingOptions().iterations(ROUNDS).invocationsPerIteration(200).threads(2).actorsPerThread(2)
            .actorsBefore(0).actorsAfter(0).check(ExtentCountsRaceTest.class);
    }
}
