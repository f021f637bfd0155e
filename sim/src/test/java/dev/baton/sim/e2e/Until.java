package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what nodes of this process do: whoever waits leaves them the processors. */
final class Until {
    private static final int SECONDS = 30;
    private static final long REST_NS = 100_000;

    private Until() {}

    /** Asks again and again; fails after 30 s, and says what it waited for. */
    static void holds(String what, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(SECONDS), () -> "waited 30 s for " + what);
            rest();
        }
    }

    /** Between two looks. */
    static void rest() {
        LockSupport.parkNanos(REST_NS);
    }
}
