package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.TimeUnit;

/** One end of a connection for tests of the verbs: memory, a queue, a queue pair; waits have a deadline. Closes what it made. */
final class VerbsEnd implements AutoCloseable {
    static final int BYTES = 4 << 20;
    static final int RECEIVES = 16;
    static final long RECEIVE_ID = 0x5ece_1000L;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int RESOLVE_MS = 5000;

    /** There once it is connected. */
    MemorySegment memory;
    private Region region;
    final ConnectionChannel channel;
    ConnectionId id;
    private ConnectionId listenerOrNull;
    CompletionQueue queue;
    QueuePair queuePair;
    MemoryKeys keys;

    VerbsEnd(Verbs verbs) throws IOException {
        channel = verbs.openChannel();
    }

    /** Listens; gives the port. */
    int listen(String host) throws IOException {
        listenerOrNull = channel.createId();
        listenerOrNull.listen(host, 0, 4);
        return listenerOrNull.port();
    }

    /** Takes one connection, and tells where its memory is. */
    void accept() throws IOException {
        await(ConnectionChannel.CONNECT_REQUEST);
        id = channel.id();
        prepare();
        id.accept(7, new Told(keys.address(), keys.remoteKey()).bytes());
        await(ConnectionChannel.ESTABLISHED);
    }

    /** Connects; gives what the other end told. */
    Told connect(String host, int port) throws IOException {
        id = channel.createId();
        id.ackTimeout(14);
        id.resolveAddress(host, port, RESOLVE_MS);
        await(ConnectionChannel.ADDRESS_RESOLVED);
        id.resolveRoute(RESOLVE_MS);
        await(ConnectionChannel.ROUTE_RESOLVED);
        prepare();
        id.connect(3, new Told(keys.address(), keys.remoteKey()).bytes());
        await(ConnectionChannel.ESTABLISHED);
        return Told.of(channel.privateData());
    }

    void await(int event) throws IOException {
        long startNs = System.nanoTime();
        int seen;
        while ((seen = channel.poll()) == ConnectionChannel.NONE) {
            LockSupport.parkNanos(50_000);
            if (System.nanoTime() - startNs > DEADLINE_NS) {
                throw new AssertionError("waited too long for a connection event: event=" + event);
            }
        }
        assertEquals(event, seen, "status=" + channel.status());
    }

    /** Waits for completions; gives how many came at once. */
    int awaitCompletions() throws IOException {
        long startNs = System.nanoTime();
        int count;
        while ((count = queue.poll()) == 0) {
            LockSupport.parkNanos(50_000);
            if (System.nanoTime() - startNs > DEADLINE_NS) {
                throw new AssertionError("waited too long for a completion");
            }
        }
        return count;
    }

    private void prepare() throws IOException {
        Device device = id.device();
        queue = device.createQueue(64);
        region = device.allocate(new MemoryLedger(), "test.verbs", BYTES);
        memory = region.segment();
        keys = device.register(memory.address(), memory.byteSize(), Device.LOCAL_WRITE + Device.REMOTE_WRITE);
        queuePair = id.createQueuePair(queue, 32, RECEIVES, 64);
        for (int i = 0; i < RECEIVES; i++) {
            queuePair.postReceive(RECEIVE_ID);
        }
    }

    @Override
    public void close() throws IOException {
        if (id != null) {
            id.destroyQueuePair();
            id.destroy();
        }
        if (queue != null) {
            queue.close();
            keys.close();
            region.close();
        }
        if (listenerOrNull != null) {
            listenerOrNull.destroy();
        }
        channel.close();
    }
}
