package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** Events of one owner's ids, in order. */
final class SoftChannel implements ConnectionChannel {
    private final SoftNetwork network;
    private final SoftDevice device;
    private final Queue<Event> events = new ArrayDeque<>();
    private Event last;
    private int idCount;

    private record Event(int number, SoftId id, int status, ByteBuffer privateData) {}

    SoftChannel(SoftNetwork network, SoftDevice device) {
        this.network = network;
        this.device = device;
    }

    @Override
    public ConnectionId createId() {
        synchronized (network) {
            return newId();
        }
    }

    /** Under the network's lock. */
    SoftId newId() {
        idCount++;
        return new SoftId(network, device, this);
    }

    /** Under the network's lock. */
    void tell(int event, SoftId id, int status, byte[] privateData) {
        events.add(new Event(event, id, status, ByteBuffer.wrap(privateData).asReadOnlyBuffer()));
    }

    /** Under the network's lock. */
    void forget(SoftId gone) {
        idCount--;
        events.removeIf(event -> event.id() == gone);
    }

    @Override
    public int poll() {
        synchronized (network) {
            Event next = events.poll();
            if (next == null) {
                return NONE;
            }
            last = next;
            return next.number();
        }
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
        synchronized (network) {
            if (idCount > 0) {
                throw new IllegalStateException("a channel has ids yet: count=" + idCount);
            }
        }
    }
}
