package dev.baton.transport.wire;

import dev.baton.transport.session.Session;

/**
 * What a receiver hears. The decoder is wrapped on a checked message and good only until the method returns; its groups
 * and data must be read in the schema's order. Called on the control agent's thread.
 */
public interface ReceiverMessageListener {
    void onReserve(Session session, ReserveDecoder message);

    void onBind(Session session, BindDecoder message);

    void onChunk(Session session, ChunkDecoder message);

    void onFin(Session session, FinDecoder message);

    void onDrained(Session session, DrainedDecoder message);

    void onRenew(Session session, RenewDecoder message);

    void onQuery(Session session, QueryDecoder message);

    void onWantAck(Session session, WantAckDecoder message);

    void onNotHere(Session session, NotHereDecoder message);

    /** The sender cannot go on. */
    void onAbort(Session session, AbortDecoder message);

    void onAbortAck(Session session, AbortAckDecoder message);

    void onCancel(Session session, CancelDecoder message);

    /** Something that this end said is not current at the peer; {@code templateId} says which message. */
    void onStale(Session session, StaleDecoder message);

    /** The peer takes no new work. */
    void onDraining(Session session, DrainingDecoder message);
}
