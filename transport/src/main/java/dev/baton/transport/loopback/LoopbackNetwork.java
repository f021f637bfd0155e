package dev.baton.transport.loopback;

import dev.baton.platform.Require;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The wire of all loopback transports that share it: who listens at which port, how long a lane's queue is, and what is
 * broken on demand. Safe from any thread; faults take effect at the next write or poll of the lanes they concern.
 */
public final class LoopbackNetwork {
    /** Bytes of frames that one lane holds between its ends, unless said otherwise. */
    public static final int QUEUE_BYTES = 2 << 20;

    private static final int FIRST_FREE_PORT = 1;

    private final int queueBytes;
    private final ConcurrentMap<Integer, LoopbackInlet> inlets = new ConcurrentHashMap<>();
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_FREE_PORT);
    private volatile boolean isStalled;
    private volatile boolean isUnreachable;

    public LoopbackNetwork() {
        this(QUEUE_BYTES);
    }

    /**
     * A wire whose lanes each hold so much.
     * @param queueBytes of one lane: a power of two, 4 KiB at least
     */
    public LoopbackNetwork(int queueBytes) {
        Require.that(queueBytes >= 4096 && Integer.bitCount(queueBytes) == 1, "queueBytes", queueBytes,
            "a power of two of at least 4096");
        this.queueBytes = queueBytes;
    }

    /** While true every write and mark is back-pressured; what is queued still lands. */
    public void stall(boolean value) {
        isStalled = value;
    }

    /** While true no new lane connects; those that are there go on. */
    public void refuseConnections(boolean value) {
        isUnreachable = value;
    }

    /**
     * Breaks every lane that is connected now, as a pulled cable would: what is queued is lost, both ends notice at
     * their next poll.
     */
    public void cut() {
        inlets.values().forEach(LoopbackInlet::cut);
    }

    boolean isStalled() {
        return isStalled;
    }

    int queueBytes() {
        return queueBytes;
    }

    int listen(LoopbackInlet inlet, int port) {
        int chosen = port != 0 ? port : nextPort.getAndIncrement();
        if (inlets.putIfAbsent(chosen, inlet) != null) {
            throw new IllegalArgumentException("port is in use: port=" + chosen);
        }
        return chosen;
    }

    void leave(int port) {
        inlets.remove(port);
    }

    LoopbackInlet reachableOrNull(int port) {
        return isUnreachable ? null : inlets.get(port);
    }
}
