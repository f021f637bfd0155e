package dev.baton.sim.fabric;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;

/** Events of one owner's connections, in order. Lanes look for them now and then, so their process is woken until they did. */
final class CardChannel implements ConnectionChannel {
    private static final long LOOK_NS = 20_000;
    private static final long PAUSED_LOOK_NS = 20_000_000;

    private final Card card;
    private final Queue<Event> events = new ArrayDeque<>();
    private Event last;
    private boolean isNagging;
    private boolean isClosed;

    private record Event(int number, CardId id, int status, ByteBuffer privateData) {}

    CardChannel(Card card) {
        this.card = card;
    }

    @Override
    public ConnectionId createId() {
        return newId();
    }

    CardId newId() {
        return new CardId(card, this);
    }

    void tell(int event, CardId id, int status, byte[] privateData) {
        if (card.process().isDead() || isClosed) {
            return;
        }
        events.add(new Event(event, id, status, ByteBuffer.wrap(privateData).asReadOnlyBuffer()));
        if (!isNagging) {
            isNagging = true;
            nag();
        }
    }

    private void nag() {
        SimProcess process = card.process();
        isNagging = !events.isEmpty() && !isClosed && !process.isDead();
        if (isNagging) {
            process.wake();
            process.fabric().agenda().in(process.isPaused() ? PAUSED_LOOK_NS : LOOK_NS, this::nag);
        }
    }

    /** Nobody hears of it any more. */
    void forget(CardId gone) {
        events.removeIf(event -> event.id == gone);
    }

    @Override
    public int poll() {
        Event next = events.poll();
        if (next == null) {
            return NONE;
        }
        last = next;
        return next.number;
    }

    @Override
    public ConnectionId id() {
        return last.id;
    }

    @Override
    public int status() {
        return last.status;
    }

    @Override
    public ByteBuffer privateData() {
        return last.privateData;
    }

    @Override
    public void close() {
        isClosed = true;
        events.clear();
    }
}
