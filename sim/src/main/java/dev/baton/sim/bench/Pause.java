package dev.baton.sim.bench;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;

/** How the measured loops wait. A wait without end is a failure with a name. One thread. */
final class Pause {
    private static final int LOOK_MASK = 0x3ff;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private final IdleStrategy idle;
    private final String what;
    private int count;
    private long sinceNs;

    Pause(IdleMode mode, String what) {
        this.idle = mode.newStrategy();
        this.what = what;
    }

    /** There was work: the next wait begins anew. */
    void reset() {
        if (count != 0) {
            count = 0;
            idle.reset();
        }
    }

    void idle() {
        count++;
        if ((count & LOOK_MASK) == 0) {
            long nowNs = System.nanoTime();
            if (count == LOOK_MASK + 1) {
                sinceNs = nowNs;
            } else if (nowNs - sinceNs > PATIENCE_NS) {
                throw new IllegalStateException("nothing moved for 30 s while waiting for " + what);
            }
        }
        idle.idle();
    }
}
