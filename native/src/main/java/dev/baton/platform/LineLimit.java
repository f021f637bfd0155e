package dev.baton.platform;

import java.util.concurrent.TimeUnit;

/**
 * How many lines of one kind go to a log: {@link #LINES_PER_SECOND_MAX} a second; the next line then says how many were left out before
 * it. Time is brought by the caller, in nanoseconds, and may be negative. One thread.
 */
public final class LineLimit {
    public static final int LINES_PER_SECOND_MAX = 20;
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    private boolean hasBegun;
    private long periodEndNs;
    private int lines;
    private long leftOut;

    /** Whether one more line may go; where it may not, it counts as left out. */
    public boolean hasRoom(long nowNs) {
        if (!hasBegun || periodEndNs - nowNs <= 0) {
            hasBegun = true;
            periodEndNs = nowNs + PERIOD_NS;
            lines = 0;
        }
        if (lines == LINES_PER_SECOND_MAX) {
            leftOut++;
            return false;
        }
        lines++;
        return true;
    }

    /** The end of a line that goes: how many were left out before it, each told once; empty for none. */
    public String leftOut() {
        String told = leftOut == 0 ? "" : " linesLeftOut=" + leftOut;
        leftOut = 0;
        return told;
    }
}
