package dev.baton.transport.node;

import org.agrona.concurrent.EpochClock;

/**
 * Milliseconds since 1970 as they were at this process's start, moved on by the monotonic clock alone: a wall clock that
 * somebody sets does not move it. An Aeron driver and its clients take each other for dead by epoch time; where both live
 * in one process they share this one (S17). Immutable; safe to share.
 */
final class SteadyEpochClock implements EpochClock {
    static final SteadyEpochClock INSTANCE = new SteadyEpochClock();

    private final long startMs = System.currentTimeMillis();
    private final long startNs = System.nanoTime();

    private SteadyEpochClock() {}

    @Override
    public long time() {
        return startMs + (System.nanoTime() - startNs) / 1_000_000;
    }
}
