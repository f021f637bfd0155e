package dev.baton.receiver.core;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * The engine takes while the receiver ends: in every interleaving one of them is told that it did, the other that it did not,
 * and so it stays.
 */
public class ReadyClaimRaceTest {
    private static final int ROUNDS = Integer.getInteger("baton.race.rounds", 2);

    private final ReadyClaim claim = new ReadyClaim();

    @Operation(nonParallelGroup = "engine")
    public boolean take() {
        return claim.take();
    }

    @Operation(nonParallelGroup = "control")
    public boolean end() {
        return claim.end();
    }

    @Test
    void shouldBeDecidedOnceForBoth() {
        new ModelCheckingOptions().iterations(2 * ROUNDS).invocationsPerIteration(200).threads(2).actorsPerThread(2)
            .actorsBefore(0).actorsAfter(1).check(ReadyClaimRaceTest.class);
    }
}
