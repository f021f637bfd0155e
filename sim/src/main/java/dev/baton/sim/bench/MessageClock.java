package dev.baton.sim.bench;

import org.HdrHistogram.Histogram;

/**
 * The sender's view of one stream: which messages are on their way, and how long each took. One thread; allocates
 * nothing.
 */
final class MessageClock {
    private static final long LATENCY_NS_MAX = 60_000_000_000L;

    private final Histogram latencyNs = new Histogram(LATENCY_NS_MAX, 3);
    private final StreamCounters counters;
    private final int window;
    private final int messageCount;
    private final long[] startedNs;
    private int begun;
    private int checked;

    MessageClock(StreamCounters counters, int window, int messageCount) {
        this.counters = counters;
        this.window = window;
        this.messageCount = messageCount;
        this.startedNs = new long[window];
    }

    /** Whether there is a next message and the window has room for it. */
    boolean mayBegin() {
        return begun < messageCount && begun - checked < window;
    }

    /** The next message's number. */
    int begin() {
        startedNs[begun % window] = System.nanoTime();
        return begun++;
    }

    /** Takes in what the receiver has checked since. True if that was anything. */
    boolean look() {
        long now = counters.checked();
        if (now == checked) {
            return false;
        }
        long nowNs = System.nanoTime();
        for (; checked < now; checked++) {
            latencyNs.recordValue(Math.min(LATENCY_NS_MAX, nowNs - startedNs[checked % window]));
        }
        return true;
    }

    boolean isDone() {
        return checked == messageCount;
    }

    Histogram latencyNs() {
        return latencyNs;
    }
}
