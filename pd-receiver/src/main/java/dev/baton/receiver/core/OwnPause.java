package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

/**
 * Whether this process itself stood still. After a pause it first reads what came meanwhile, for a while, and only then
 * says that somebody's time is over. Pure.
 */
final class OwnPause {
    private static final long PAUSE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CATCH_UP_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private boolean hasWorked;
    private boolean isCatchingUp;
    private long lastNs;
    private long untilNs;

    /** Once a cycle. */
    boolean isCatchingUp(long nowNs) {
        if (hasWorked && nowNs - lastNs > PAUSE_NS) {
            isCatchingUp = true;
            untilNs = nowNs + CATCH_UP_NS;
        }
        hasWorked = true;
        lastNs = nowNs;
        isCatchingUp &= untilNs - nowNs > 0;
        return isCatchingUp;
    }
}
