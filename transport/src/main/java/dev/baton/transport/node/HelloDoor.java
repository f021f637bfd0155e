package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.baton.transport.WireMaxima;

/**
 * Bounds what those who proved nothing yet can make this process do: Hellos looked at and refusals said in a second,
 * and lines in the log. Control agent's thread.
 */
final class HelloDoor {
    private static final System.Logger LOG = System.getLogger(HelloDoor.class.getName());
    private static final long WINDOW_NS = SECONDS.toNanos(1);
    private static final long LOG_INTERVAL_NS = SECONDS.toNanos(10);

    private final CycleTime time;
    private final int hellosPerSecondMax;
    private long windowStartNs;
    private int helloCount;
    private int refusalCount;
    private long nextLogNs;
    private boolean hasLogged;

    HelloDoor(CycleTime time, int hellosPerSecondMax) {
        this.time = time;
        this.hellosPerSecondMax = hellosPerSecondMax;
    }

    /** Whether one more Hello is looked at. */
    boolean letsIn() {
        turnWindow();
        return helloCount++ < hellosPerSecondMax;
    }

    /** Whether one more stranger is told why there is no session. */
    boolean mayRefuse() {
        turnWindow();
        return refusalCount++ < WireMaxima.REFUSALS_PER_SECOND_MAX;
    }

    /** Says in the log that a peer was refused, once in a while. */
    void warn(String host, String why) {
        if (!hasLogged || nextLogNs - time.nowNs <= 0) {
            hasLogged = true;
            nextLogNs = time.nowNs + LOG_INTERVAL_NS;
            LOG.log(System.Logger.Level.WARNING, "peer refused: host=" + host + " why=" + why);
        }
    }

    private void turnWindow() {
        if (helloCount + refusalCount == 0 || time.nowNs - windowStartNs >= WINDOW_NS) {
            windowStartNs = time.nowNs;
            helloCount = 0;
            refusalCount = 0;
        }
    }
}
