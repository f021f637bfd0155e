package dev.baton.transport.node;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How a process goes down in order (L11): it drains until nothing is left or its time to drain is over; what is left then is ended, and told before the
 * process goes. Made where the signal comes; whoever looks at it again and again says the time, on a clock of its own. Pure; one thread at a time, and
 * not the control agent's.
 */
public final class GoingDown {
    /** For the last words, and for what frees memory meanwhile. */
    static final long TELL_NS = TimeUnit.SECONDS.toNanos(1);

    private enum Step { DRAINING, TELLING, OVER }

    private final List<NodeService> services;
    private final long drainNs;
    private Step step = Step.DRAINING;
    private long sinceNs;

    /** Every service is told to drain. */
    GoingDown(List<NodeService> services, long drainNs, long nowNs) {
        this.services = services;
        this.drainNs = drainNs;
        this.sinceNs = nowNs;
        services.forEach(NodeService::drain);
    }

    /** Looks once more. Returns whether the node may be closed. */
    public boolean isOver(long nowNs) {
        if (services.stream().allMatch(NodeService::isDrained)) {
            step = Step.OVER;
        } else if (step == Step.DRAINING && nowNs - sinceNs >= drainNs) {
            step = Step.TELLING;
            sinceNs = nowNs;
            services.forEach(NodeService::shutdown);
        } else if (step == Step.TELLING && nowNs - sinceNs >= TELL_NS) {
            step = Step.OVER;
        }
        return step == Step.OVER;
    }

    /** The time to drain was over before everything had ended: the services were told to end what was left. */
    public boolean isTelling() {
        return step == Step.TELLING;
    }
}
