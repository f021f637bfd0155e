package dev.baton.receiver.core;

import java.util.concurrent.atomic.AtomicLong;

/** By which evidence revoked memory came back. The control agent writes; any thread reads. */
public final class FenceCounters {
    private final AtomicLong drained = new AtomicLong();
    private final AtomicLong drainedThrough = new AtomicLong();
    private final AtomicLong writerGone = new AtomicLong();
    private final AtomicLong freedLate = new AtomicLong();
    private final AtomicLong sessionsEnded = new AtomicLong();

    /** Parts of one-sided lanes whose sender said DRAINED on the session that bound them. */
    public long drained() {
        return drained.get();
    }

    /** Parts whose sender said in a later HELLO that nothing of that session is left. */
    public long drainedThrough() {
        return drainedThrough.get();
    }

    /** Parts whose sender let go of the session's lock: its process is gone, or has closed every lane. */
    public long writerGone() {
        return writerGone.get();
    }

    /** Reservations that had been QUARANTINED before. */
    public long freedLate() {
        return freedLate.get();
    }

    /** Sessions that were ended because their sender did not say in time that its card writes no more. */
    public long sessionsEnded() {
        return sessionsEnded.get();
    }

    void drainedOne() {
        bump(drained);
    }

    void drainedThroughOne() {
        bump(drainedThrough);
    }

    void writerGoneOne() {
        bump(writerGone);
    }

    void freedLateOne() {
        bump(freedLate);
    }

    void sessionEndedOne() {
        bump(sessionsEnded);
    }

    /** One writer: no locked instruction is needed. */
    private static void bump(AtomicLong counter) {
        counter.lazySet(counter.get() + 1);
    }
}
