package dev.baton.transport.wire;

import dev.baton.transport.session.Session;

/**
 * What the processes of a gang hear of each other. The decoder is good only until the method returns; its groups and
 * data must be read in the schema's order. Called on the control agent's thread.
 */
public interface GangMessageListener {
    /** To the leader: these slabs are its to allocate, and nobody writes to them. */
    void onLend(Session session, LendDecoder message);

    /** To a member: what it lent is not taken. */
    void onReturn(Session session, ReturnDecoder message);

    void onGangOpen(Session session, GangOpenDecoder message);

    void onGangBlocks(Session session, GangBlocksDecoder message);

    void onGangHeld(Session session, GangHeldDecoder message);

    void onGangOrders(Session session, GangOrdersDecoder message);

    void onGangEvents(Session session, GangEventsDecoder message);
}
