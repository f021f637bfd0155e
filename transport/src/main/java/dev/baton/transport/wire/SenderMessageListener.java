package dev.baton.transport.wire;

import dev.baton.transport.session.Session;

/**
 * What a sender hears. The decoder is wrapped on a checked message and good only until the method returns; its groups
 * and data must be read in the schema's order. Called on the control agent's thread.
 */
public interface SenderMessageListener {
    void onGrant(Session session, GrantDecoder message);

    void onQueued(Session session, QueuedDecoder message);

    void onReject(Session session, RejectDecoder message);

    void onAddresses(Session session, AddressesDecoder message);

    void onNack(Session session, NackDecoder message);

    void onReady(Session session, ReadyDecoder message);

    void onOutcome(Session session, OutcomeDecoder message);

    void onRenewAck(Session session, RenewAckDecoder message);

    void onStatus(Session session, StatusDecoder message);

    void onWant(Session session, WantDecoder message);

    /** The receiver cannot go on. */
    void onAbort(Session session, AbortDecoder message);

    void onAbortAck(Session session, AbortAckDecoder message);

    void onCancel(Session session, CancelDecoder message);

    /** Something that this end said is not current at the peer; {@code templateId} says which message. */
    void onStale(Session session, StaleDecoder message);

    /** The peer takes no new work. */
    void onDraining(Session session, DrainingDecoder message);
}
