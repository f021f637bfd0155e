package dev.baton.sim.bench;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/** How measured threads wait while there is nothing to do; the same for Baton's lanes and for the bare loop. */
enum IdleMode {
    /** As data agents do by default: spin, yield, then park up to a fraction of a millisecond. */
    BACKOFF,
    /** Never parks; leaves the processor to whoever asks for it. */
    YIELD,
    /** Keeps a core for itself: for machines with more cores than measured threads. */
    SPIN;

    private static final int SPINS = 10;
    private static final int YIELDS = 20;
    private static final long PARK_MIN_NS = 1_000;
    private static final long PARK_MAX_NS = 100_000;

    IdleStrategy newStrategy() {
        return switch (this) {
            case BACKOFF -> new BackoffIdleStrategy(SPINS, YIELDS, PARK_MIN_NS, PARK_MAX_NS);
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case SPIN -> BusySpinIdleStrategy.INSTANCE;
        };
    }
}
