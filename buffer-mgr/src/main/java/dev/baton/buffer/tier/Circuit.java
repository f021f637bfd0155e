package dev.baton.buffer.tier;

import java.util.concurrent.TimeUnit;

/**
 * Keeps a failing device from being asked. A write that fails turns it read-only; three reads that fail or find wrong
 * bytes within a minute, or one call that does not return, turn it off. A probe every five seconds writes and reads a
 * small file: success brings it back, and three failures in a row turn a read-only device off, unless all that is wrong
 * is that it is full. Pure; one owner.
 */
public final class Circuit {
    static final long PROBE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    static final long STRIKE_WINDOW_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int STRIKES_MAX = 3;

    private final long[] strikesNs = new long[STRIKES_MAX];
    private int strikeCount;
    private CircuitState state = CircuitState.WORKING;
    private long probeDueNs;
    private int probesFailed;
    private boolean isHung;
    private long openedCount;

    public CircuitState state() {
        return isHung ? CircuitState.OFF : state;
    }

    public boolean mayRead() {
        return state() != CircuitState.OFF;
    }

    public boolean mayWrite() {
        return state() == CircuitState.WORKING;
    }

    /** Times that it became worse. */
    public long openedCount() {
        return openedCount;
    }

    public void onWriteFailed(long nowNs) {
        worsen(CircuitState.READ_ONLY, nowNs);
    }

    /** A read failed, or its bytes were wrong. */
    public void onStrike(long nowNs) {
        if (strikeCount == STRIKES_MAX) {
            System.arraycopy(strikesNs, 1, strikesNs, 0, STRIKES_MAX - 1);
            strikeCount--;
        }
        strikesNs[strikeCount++] = nowNs;
        if (strikeCount == STRIKES_MAX && nowNs - strikesNs[0] <= STRIKE_WINDOW_NS) {
            worsen(CircuitState.OFF, nowNs);
        }
    }

    /** Whether a call has been under way for too long; false again when it has returned. */
    public void hung(boolean isOverdue) {
        if (isOverdue && !isHung) {
            openedCount++;
        }
        isHung = isOverdue;
    }

    public boolean isProbeDue(long nowNs) {
        return state != CircuitState.WORKING && !isHung && probeDueNs - nowNs <= 0;
    }

    /** The probe was sent: the next is due one interval later. */
    public void probing(long nowNs) {
        probeDueNs = nowNs + PROBE_INTERVAL_NS;
    }

    public void onProbed(boolean isGood, boolean isFull, long nowNs) {
        probeDueNs = nowNs + PROBE_INTERVAL_NS;
        if (isGood) {
            state = CircuitState.WORKING;
            strikeCount = 0;
            probesFailed = 0;
        } else if (!isFull && ++probesFailed >= STRIKES_MAX) {
            worsen(CircuitState.OFF, nowNs);
        }
    }

    private void worsen(CircuitState to, long nowNs) {
        if (to.compareTo(state) > 0) {
            state = to;
            openedCount++;
            probesFailed = 0;
            probeDueNs = nowNs + PROBE_INTERVAL_NS;
        }
    }
}
