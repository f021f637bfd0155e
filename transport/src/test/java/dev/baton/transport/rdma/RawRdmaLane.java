package dev.baton.transport.rdma;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.LaneRig;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.Verbs;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A lane held by hand: the first frame goes as the request to connect, each other one into the next slot of the mark ring. */
final class RawRdmaLane implements RdmaRig.Hand {
    private static final int MEMORY_BYTES = 4096;
    private static final long TABLE_ID = 1;
    private static final int SENDS_MAX = 128;

    private final String host;
    private final int port;
    private final int slabs;
    private final Verbs verbs;
    private Region memory;
    private final ConnectionChannel channel;
    private final ConnectionId id;
    private final WriteRequest write = new WriteRequest();
    private byte[] first;
    private CompletionQueue queue;
    private QueuePair queuePair;
    private MemoryKeys keys;
    private LaneSetup.Place ring;
    private boolean hasTable;
    private int slot;
    private int doneCount;
    private int failedStatus = CompletionQueue.SUCCESS;

    RawRdmaLane(Verbs verbs, String host, int port, int slabs) {
        this.verbs = verbs;
        this.host = host;
        this.port = port;
        this.slabs = slabs;
        try {
            channel = verbs.openChannel();
            id = channel.createId();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public boolean offer(DirectBuffer frame, int lengthBytes) {
        try {
            if (first == null) {
                byte[] bytes = new byte[LaneSetup.REQUEST_BYTES];
                frame.getBytes(0, bytes, 0, Math.min(lengthBytes, bytes.length));
                first = bytes;
                id.resolveAddress(host, port, 3000);
                return false;
            }
            return step(frame, lengthBytes);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** The first frame counts as out once it was answered, either way. */
    private boolean step(DirectBuffer frame, int lengthBytes) throws IOException {
        switch (channel.poll()) {
            case ConnectionChannel.ADDRESS_RESOLVED -> id.resolveRoute(3000);
            case ConnectionChannel.ROUTE_RESOLVED -> connect();
            case ConnectionChannel.ESTABLISHED -> ring = LaneSetup.ringOrNull(channel.privateData());
            case ConnectionChannel.REJECTED -> {
                return true;
            }
            default -> { }
        }
        boolean hadTable = hasTable;
        poll();
        if (!hadTable) {
            return hasTable && ring != null;
        }
        int sentBytes = Math.min(lengthBytes, LaneSetup.SLOT_BYTES);
        byte[] bytes = new byte[sentBytes];
        frame.getBytes(0, bytes);
        MemorySegment.copy(bytes, 0, memory.segment(), ValueLayout.JAVA_BYTE, MEMORY_BYTES / 2, sentBytes);
        int at = slot++ % ring.count();
        queuePair.post(write.to(ring.address() + (long) at * LaneSetup.SLOT_BYTES, ring.key())
            .add(memory.address() + MEMORY_BYTES / 2, sentBytes, keys.localKey()).immediate(at).signaled().inline());
        return true;
    }

    @Override
    public void writeWithWrongKey(int lengthBytes) {
        UnsafeBuffer table = new UnsafeBuffer(memory.address() + LaneSetup.INBOX_TABLE_OFFSET, SlabTable.ENTRY_BYTES);
        try {
            queuePair.post(write.to(SlabTable.address(table, 0), SlabTable.key(table, 0) ^ 0x55)
                .add(memory.address(), lengthBytes, keys.localKey()).signaled());
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public int failedStatus() {
        try {
            poll();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return failedStatus;
    }

    @Override
    public int doneCount() {
        failedStatus();
        return doneCount;
    }

    private void poll() throws IOException {
        int count = queue == null ? 0 : queue.poll();
        for (int i = 0; i < count; i++) {
            if (queue.status(i) != CompletionQueue.SUCCESS) {
                failedStatus = failedStatus == CompletionQueue.SUCCESS ? queue.status(i) : failedStatus;
            } else if (queue.requestId(i) == TABLE_ID) {
                hasTable = true;
            } else {
                doneCount++;
            }
        }
    }

    private void connect() throws IOException {
        Device device = id.device();
        memory = device.allocate(new MemoryLedger(), "test.raw", MEMORY_BYTES);
        keys = device.register(memory.address(), MEMORY_BYTES, Device.LOCAL_WRITE + Device.REMOTE_WRITE);
        queue = device.createQueue(2 * SENDS_MAX);
        queuePair = id.createQueuePair(queue, SENDS_MAX, 1, LaneSetup.SLOT_BYTES);
        queuePair.postReceive(TABLE_ID);
        byte[] request = first;
        if (first[2] == 80) {
            request = LaneSetup.request(Arrays.copyOf(first, LaneSetup.REQUEST_BYTES - 16),
                new LaneSetup.Place(memory.address(), keys.remoteKey(), slabs), false);
        }
        id.connect(5, request);
    }

    @Override
    public void close() {
        try {
            if (queuePair != null) {
                // What was offered arrives before the lane ends.
                long startNs = System.nanoTime();
                while (doneCount < slot && failedStatus == CompletionQueue.SUCCESS
                    && System.nanoTime() - startNs < 5_000_000_000L) {
                    poll();
                }
                id.destroyQueuePair();
            }
            id.destroy();
            if (queue != null) {
                queue.close();
                keys.close();
                memory.close();
            }
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        channel.close();
        verbs.close();
    }
}
