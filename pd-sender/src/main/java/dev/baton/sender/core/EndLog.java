package dev.baton.sender.core;

import dev.baton.transport.session.HandoffId;

/** Hears of every end but a delivery, once each. Called on the control agent's thread; must not block. */
@FunctionalInterface
public interface EndLog {
    /**
     * It is over, and not by a delivery.
     *
     * @param reason one code: a tag of {@code EndReason}, or of {@code RejectReason} where the receiver refused
     * @param peer   node id of the receiver; empty if none was ever asked
     */
    void ended(HandoffId handoff, String peer, OutboundState state, String reason, String detail, long nowNs);
}
