package dev.baton.transport.rdma.shared;

import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/** Events of one owner's ids, in order, and the sockets that they come from. */
final class SharedChannel implements ConnectionChannel {
    private final SharedVerbs verbs;
    private final Selector selector;
    private final Consumer<SelectionKey> onReady = SharedChannel::onReady;
    private final Queue<Event> events = new ArrayDeque<>();
    /** Callers that have not said yet what they want; they are nobody's to destroy. */
    private final List<SharedId> callers = new ArrayList<>();
    private Event last;
    private int idCount;

    private record Event(int number, SharedId id, int status, ByteBuffer privateData) {}

    SharedChannel(SharedVerbs verbs) throws IOException {
        this.verbs = verbs;
        selector = Selector.open();
    }

    @Override
    public ConnectionId createId() {
        idCount++;
        return new SharedId(this, null);
    }

    @Override
    public int poll() throws IOException {
        Event next = events.poll();
        if (next == null) {
            selector.selectNow(onReady);
            next = events.poll();
        }
        if (next == null) {
            return NONE;
        }
        last = next;
        return next.number();
    }

    @Override
    public ConnectionId id() {
        return last.id();
    }

    @Override
    public int status() {
        return last.status();
    }

    @Override
    public ByteBuffer privateData() {
        return last.privateData();
    }

    @Override
    public void close() {
        if (idCount > 0) {
            throw new IllegalStateException("a channel has ids yet: count=" + idCount);
        }
        List.copyOf(callers).forEach(SharedId::hangUp);
        try {
            selector.close();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void onReady(SelectionKey key) {
        ((SharedId) key.attachment()).onReady();
    }

    SharedVerbs verbs() {
        return verbs;
    }

    Selector selector() {
        return selector;
    }

    void tell(int event, SharedId id, int status, ByteBuffer privateData) {
        events.add(new Event(event, id, status, privateData));
    }

    void calling(SharedId caller) {
        callers.add(caller);
    }

    void hungUp(SharedId caller) {
        callers.remove(caller);
    }

    /** A caller has said what it wants: from here on it is the owner's. */
    void requested(SharedId caller) {
        callers.remove(caller);
        idCount++;
    }

    void forget(SharedId gone) {
        idCount--;
        events.removeIf(event -> event.id() == gone);
        try {
            // A closed socket stays open until its selector has heard of it.
            selector.selectNow(onReady);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
