package dev.baton.receiver.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/** What this node has asked of others: {@link Fetches} of blocks, and parked prefills ({@link Wants}). Control agent's thread. */
final class PeerAsks {
    private final Fetches fetches;
    private final Wants wants;

    PeerAsks(Fetches fetches, Wants wants) {
        this.fetches = fetches;
        this.wants = wants;
    }

    Wants wants() {
        return wants;
    }

    void poll(long nowNs) {
        fetches.poll(nowNs);
        wants.poll(nowNs);
    }

    void sessionOpened(Session session) {
        fetches.sessionOpened(session);
        wants.sessionOpened(session);
    }

    void sessionClosed(Session session) {
        fetches.sessionClosed(session);
        wants.sessionClosed(session);
    }

    /** What has not come ends; after all that waits for memory was told to come again, which does not come then. */
    void drain() {
        fetches.drain();
        wants.drain();
    }

    void engineLost() {
        wants.engineLost();
    }

    void cancel(HandoffId id, EndReason reason) {
        fetches.cancel(id, reason);
        wants.cancel(id, reason);
    }
}
