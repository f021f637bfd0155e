package dev.baton.transport.wire;

import org.agrona.DirectBuffer;

import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.Session;

/** Decodes what the processes of a gang hear of each other, and leaves the rest to others. Single-threaded. */
public final class GangAdapter implements MessageListener {
    private final GangMessageListener listener;
    private final LendDecoder lend = new LendDecoder();
    private final ReturnDecoder returned = new ReturnDecoder();
    private final GangOpenDecoder open = new GangOpenDecoder();
    private final GangBlocksDecoder blocks = new GangBlocksDecoder();
    private final GangHeldDecoder held = new GangHeldDecoder();
    private final GangOrdersDecoder orders = new GangOrdersDecoder();
    private final GangEventsDecoder events = new GangEventsDecoder();

    public GangAdapter(GangMessageListener listener) {
        this.listener = listener;
    }

    @Override
    public boolean onMessage(Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version, int length) {
        switch (templateId) {
            case LendDecoder.TEMPLATE_ID ->
                listener.onLend(session, lend.wrap(buffer, bodyOffset, blockLength, version));
            case ReturnDecoder.TEMPLATE_ID ->
                listener.onReturn(session, returned.wrap(buffer, bodyOffset, blockLength, version));
            case GangOpenDecoder.TEMPLATE_ID ->
                listener.onGangOpen(session, open.wrap(buffer, bodyOffset, blockLength, version));
            case GangBlocksDecoder.TEMPLATE_ID ->
                listener.onGangBlocks(session, blocks.wrap(buffer, bodyOffset, blockLength, version));
            case GangHeldDecoder.TEMPLATE_ID ->
                listener.onGangHeld(session, held.wrap(buffer, bodyOffset, blockLength, version));
            case GangOrdersDecoder.TEMPLATE_ID ->
                listener.onGangOrders(session, orders.wrap(buffer, bodyOffset, blockLength, version));
            case GangEventsDecoder.TEMPLATE_ID ->
                listener.onGangEvents(session, events.wrap(buffer, bodyOffset, blockLength, version));
            default -> {
                return false;
            }
        }
        return true;
    }
}
