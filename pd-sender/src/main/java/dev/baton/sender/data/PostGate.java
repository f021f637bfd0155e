package dev.baton.sender.data;

import org.agrona.concurrent.NanoClock;

import dev.baton.sender.core.SenderCore;
import dev.baton.sender.core.Transfer;

/**
 * Whether this agent may post, asked in the same step as each post, with the time of that step. An agent that did not
 * run for {@link SenderCore#STALL_NS} writes nothing to granted memory until it has fenced itself, wherever in a cycle the stall was.
 * Belongs to the agent's thread; allocates nothing.
 */
final class PostGate {
    private final NanoClock clock;
    private long lastNs;
    private boolean isStalled;

    PostGate(NanoClock clock) {
        this.clock = clock;
        this.lastNs = clock.nanoTime();
    }

    boolean mayPost(Transfer transfer) {
        long nowNs = run();
        return !isStalled && transfer.mayPost(nowNs);
    }

    /** Whether there was a stall since this was asked last: all lanes are to be given up before the next post. */
    boolean hasStalled() {
        run();
        boolean hasStalled = isStalled;
        isStalled = false;
        return hasStalled;
    }

    /** What came just now may take long, and is no stall: opening a lane maps or connects. Leases bound it. */
    void excuse() {
        lastNs = clock.nanoTime();
    }

    private long run() {
        long nowNs = clock.nanoTime();
        isStalled |= nowNs - lastNs > SenderCore.STALL_NS;
        lastNs = nowNs;
        return nowNs;
    }
}
