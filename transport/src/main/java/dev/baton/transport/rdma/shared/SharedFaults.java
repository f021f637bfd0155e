package dev.baton.transport.rdma.shared;

import java.util.concurrent.atomic.AtomicInteger;

/** Errors on demand for the devices of one process, or of several ends within one. Safe from any thread. */
public final class SharedFaults {
    private volatile boolean isHeld;
    private volatile boolean isDeaf;
    private volatile long down;
    private final AtomicInteger registered = new AtomicInteger();
    private final AtomicInteger queuePairs = new AtomicInteger();

    /** Writes that are posted from now on stay on their way until this is switched off. */
    public void hold(boolean value) {
        isHeld = value;
    }

    /** The cable of every device is out: whatever is posted fails as one to which no answer came. */
    public void down(boolean value) {
        down = value ? -1 : 0;
    }

    /** The same of one device, 0 to 63. */
    public synchronized void down(int device, boolean value) {
        long bit = 1L << device;
        down = value ? down | bit : down & ~bit;
    }

    /** What is posted arrives, and no answer to it. */
    public void deaf(boolean value) {
        isDeaf = value;
    }

    boolean isDeaf() {
        return isDeaf;
    }

    /** Memory regions that are registered now; 0 once everybody has closed. */
    public int registeredCount() {
        return registered.get();
    }

    /** Queue pairs that exist now. */
    public int queuePairCount() {
        return queuePairs.get();
    }

    boolean isHeld() {
        return isHeld;
    }

    boolean isDown(int device) {
        return (down >>> device & 1) != 0;
    }

    void registered(int change) {
        registered.addAndGet(change);
    }

    void queuePairs(int change) {
        queuePairs.addAndGet(change);
    }
}
