package dev.baton.sender.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** Hears of every end but a delivery, once each, and of every session that is lost. Called on the control agent's thread; must not block. */
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
     * A session is over that was open, and not because this process goes; told after the ends that it brought.
     *
     * @param peer    node id of the receiver
     * @param reason  why the session went
     * @param ended   handoffs that ended with it; those that were not granted yet go on
     * @param awaited handoffs that were sent whole: the receiver alone knows how they end. It says so on the next session; without
     *                one they end at their deadlines
     */
    default void sessionLost(String peer, EndReason reason, int ended, int awaited, long nowNs) {}
}
