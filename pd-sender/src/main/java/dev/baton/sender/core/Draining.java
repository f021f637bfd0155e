package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;

/** Going down in order: every peer, those of later sessions too, hears that nothing new comes from here. Pure. */
final class Draining {
    private final OutboundContext context;
    private boolean isDraining;

    Draining(OutboundContext context) {
        this.context = context;
    }

    /** Once: later calls change nothing. */
    void begin() {
        if (!isDraining) {
            isDraining = true;
            context.book().sessions().values().forEach(this::tell);
        }
    }

    void sessionOpened(PeerSession peer) {
        if (isDraining) {
            tell(peer);
        }
    }

    /** With how long what is under way may still take. */
    private void tell(PeerSession peer) {
        long leftNs = 0;
        for (OutboundHandoff handoff : context.book().handoffs()) {
            if (peer.equals(handoff.peer) && handoff.deadlineAtNs != OutboundHandoff.NEVER) {
                leftNs = Math.max(leftNs, handoff.deadlineAtNs - context.book().nowNs());
            }
        }
        context.proxy().draining(peer.session(), (int) TimeUnit.NANOSECONDS.toMillis(leftNs));
    }
}
