package dev.baton.sim.bench;

import java.util.concurrent.TimeUnit;

/**
 * How the measured loops wait: a short spin, then the processor is offered to others. The same for Baton and for the limits. A wait
 * without end is a failure with a name. One thread.
 */
final class Pause {
    private static final int SPINS = 64;
    private static final int LOOK_MASK = 0x3ff;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private final String what;
    private int count;
    private long sinceNs;

    Pause(String what) {
        this.what = what;
    }

    /** There was work: the next wait begins anew. */
    void reset() {
        count = 0;
    }

    /** Spins, then yields: a parked thread wakes late, and that would be measured instead of the lane. */
    @SuppressWarnings("ThreadPriorityCheck")
    void idle() {
        if (++count <= SPINS) {
            Thread.onSpinWait();
            return;
        }
        Thread.yield();
        if ((count & LOOK_MASK) == 0) {
            long nowNs = System.nanoTime();
            if (count == LOOK_MASK + 1) {
                sinceNs = nowNs;
            } else if (nowNs - sinceNs > PATIENCE_NS) {
                throw new IllegalStateException("nothing moved for 30 s while waiting for " + what);
            }
        }
    }
}
