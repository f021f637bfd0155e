package dev.baton.sender.data;

import java.util.concurrent.atomic.AtomicLong;

/** What one data agent counted. Written by that agent only, read by any thread. */
public final class DataCounters {
    private final AtomicLong bytesWritten = new AtomicLong();
    private final AtomicLong bytesRepacked = new AtomicLong();
    private final AtomicLong backPressured = new AtomicLong();
    private final AtomicLong withheld = new AtomicLong();

    void addBytesWritten(long bytes) {
        bytesWritten.lazySet(bytesWritten.get() + bytes);   // one writer: no read-modify-write needed
    }

    void addBytesRepacked(long bytes) {
        bytesRepacked.lazySet(bytesRepacked.get() + bytes);
    }

    void addBackPressured() {
        backPressured.lazySet(backPressured.get() + 1);
    }

    void addWithheld() {
        withheld.lazySet(withheld.get() + 1);
    }

    /** Writes that were not posted: the lease was nearly over, the handoff stopped, or this agent had stalled. */
    public long withheld() {
        return withheld.get();
    }

    /** Bytes that lanes accepted, resends included. */
    public long bytesWritten() {
        return bytesWritten.get();
    }

    /** Bytes that were brought into target order first. */
    public long bytesRepacked() {
        return bytesRepacked.get();
    }

    /** Writes and marks that a lane did not take at once. */
    public long backPressured() {
        return backPressured.get();
    }
}
