package dev.baton.sender.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** Hears of every end but a delivery, once each, and of what waits for one. Called on the control agent's thread; must not block. */
@FunctionalInterface
public interface EndLog {
    /**
     * It is over, and not by a delivery.
     *
     * @param reason one code: a tag of {@code EndReason}, or of {@code RejectReason} where the receiver refused
     * @param peer   node id of the receiver; empty if none was ever asked
     */
    void ended(HandoffId handoff, String peer, OutboundState state, String reason, String detail, long nowNs);

    /**
     * A session went after all was sent: the receiver alone knows how those handoffs end. It says so on the next session;
     * without one they end at their deadlines.
     *
     * @param peer    node id of the receiver
     * @param reason  why the session went
     * @param awaited handoffs whose outcome is not known; at least 1
     */
    default void awaitingOutcomes(String peer, EndReason reason, int awaited, long nowNs) {}
}
