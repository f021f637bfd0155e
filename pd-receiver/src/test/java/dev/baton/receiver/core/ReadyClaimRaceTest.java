package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.concurrent.CyclicBarrier;

import org.junit.jupiter.api.Test;

/** The engine takes while the receiver ends: one of them is told that it did, and the other that it did not. */
class ReadyClaimRaceTest {
    private static final int CLAIMS = Integer.getInteger("baton.race.rounds", 2) * 500_000;

    private final ReadyClaim[] claims = new ReadyClaim[CLAIMS];
    private final boolean[] isTaken = new boolean[CLAIMS];
    private final boolean[] isEnded = new boolean[CLAIMS];

    @Test
    void shouldBeDecidedOnceForBoth() throws Exception {
        for (int i = 0; i < CLAIMS; i++) {
            claims[i] = new ReadyClaim();
        }
        CyclicBarrier start = new CyclicBarrier(2);
        Thread engine = new Thread(() -> {
            meet(start);
            for (int i = 0; i < CLAIMS; i++) {
                isTaken[i] = claims[i].take();
            }
        }, "engine");
        engine.start();
        meet(start);
        for (int i = 0; i < CLAIMS; i++) {
            isEnded[i] = claims[i].end();
        }
        engine.join(60_000);

        for (int i = 0; i < CLAIMS; i++) {
            assertNotEquals(isTaken[i], isEnded[i], "claim=" + i);
            assertEquals(isTaken[i], claims[i].take(), "and so it stays");
            assertEquals(isEnded[i], claims[i].end(), "and so it stays");
        }
    }

    private static void meet(CyclicBarrier at) {
        try {
            at.await();
        } catch (Exception ex) {
            throw new IllegalStateException("the other thread did not come", ex);
        }
    }
}
