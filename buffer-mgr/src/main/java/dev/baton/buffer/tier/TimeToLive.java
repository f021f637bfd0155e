package dev.baton.buffer.tier;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import dev.baton.platform.Require;

/**
 * How long a block is kept in a tier, counted from when it was stored there, by the wall clock: the time stands in the record and
 * outlives processes and machines. Bytes do not depend on it. A clock that jumps ahead, or that of a node which is ahead of others, ends
 * blocks early; one that jumps back ends them late by as much; a block from the future is one that was stored just now.
 *
 * @param ms    0 for as long as there is room
 * @param nowMs milliseconds since 1970; any thread asks it
 */
public record TimeToLive(long ms, LongSupplier nowMs) {
    /** As long as there is room; stored times are the system's. */
    public static final TimeToLive UNLIMITED = new TimeToLive(0, System::currentTimeMillis);
    private static final long MS_MAX = TimeUnit.DAYS.toMillis(36_500);

    public TimeToLive {
        Require.between("timeToLiveMs", ms, 0, MS_MAX);
    }

    /** So long by the system's clock. */
    public static TimeToLive ofMs(long ms) {
        return new TimeToLive(ms, System::currentTimeMillis);
    }

    /** Whether blocks end at all. */
    public boolean isLimited() {
        return ms > 0;
    }

    /**
     * Whether a block that was stored then is a miss now.
     * @param storedMs 0 for one whose record does not tell: it is over wherever blocks end
     */
    public boolean isOver(long storedMs, long timeMs) {
        return ms > 0 && storedMs <= timeMs - ms;
    }
}
