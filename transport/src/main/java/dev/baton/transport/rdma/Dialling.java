package dev.baton.transport.rdma;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.LinkContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The connection of a link: from resolving the peer's address to the answer that says where its mark ring is, and to its
 * end. Owned by the link's thread; never blocks. Owns the queue pair and the inbox that the peer writes to.
 */
final class Dialling implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Dialling.class.getName());
    /** The number of the one receive, for the slab table; writes count from 0. */
    static final long TABLE_RECEIVE = Long.MAX_VALUE;
    private static final int RESOLVE_MS = 3000;
    private static final int INLINE_BYTES = LaneSetup.SLOT_BYTES;

    private final RdmaSettings settings;
    private final LinkContext context;
    private final OwnMemory ownMemory;
    private final MemoryLedger ledger;
    private final ConnectionChannel channel;
    private final ConnectionId id;
    private OwnMemory.OnDevice memory;
    private Region inboxRegion;
    private MemoryKeys inboxKeys;
    private CompletionQueue queue;
    private QueuePair queuePair;
    private final String host;
    private final boolean isAgain;
    private LaneSetup.Place ring;
    private long marksRead;
    private String why = "";
    private boolean isRefused;

    /**
     * Starts to dial.
     *
     * @param host    numeric, the context's or another way to the same lane
     * @param isAgain whether the lane was open before, by another way
     */
    Dialling(Verbs verbs, RdmaSettings settings, LinkContext context, String host, boolean isAgain, OwnMemory ownMemory,
        MemoryLedger ledger) throws IOException {
        this.settings = settings;
        this.host = host;
        this.isAgain = isAgain;
        this.context = context;
        this.ownMemory = ownMemory;
        this.ledger = ledger;
        channel = verbs.openChannel();
        ConnectionId made = null;
        try {
            made = channel.createId();
            made.ackTimeout(settings.ackTimeout());
            made.resolveAddress(host, context.port(), RESOLVE_MS);
        } catch (IOException ex) {
            if (made != null) {
                made.destroy();
            }
            channel.close();
            throw ex;
        }
        id = made;
    }

    /** What this process has registered with the device of this connection. */
    OwnMemory.OnDevice memory() {
        return memory;
    }

    MemoryKeys inboxKeys() {
        return inboxKeys;
    }

    UnsafeBuffer inbox() {
        return new UnsafeBuffer(inboxRegion.address(), (int) inboxRegion.lengthBytes());
    }

    QueuePair queuePair() {
        return queuePair;
    }

    CompletionQueue queueOrNull() {
        return queue;
    }

    /** Where marks go, once the peer has told. */
    LaneSetup.Place ringOrNull() {
        return ring;
    }

    long messageBytesMax() throws IOException {
        return id.device().messageBytesMax();
    }

    /** Why the connection is over, or an empty string. */
    String why() {
        return why;
    }

    /** The one of the peer's addresses that this goes to. */
    String host() {
        return host;
    }

    /** Of a lane that was open before: how many of its marks the peer has read. */
    long marksRead() {
        return marksRead;
    }

    /** The peer wants no such lane, by whatever way. */
    boolean isRefused() {
        return isRefused;
    }

    MemoryKeys register(Region region) throws IOException {
        return id.device().register(region.address(), region.lengthBytes(), Device.LOCAL_WRITE);
    }

    /** Takes events, one step each. Returns how many. */
    int pollEvents() throws IOException {
        int count = 0;
        int event;
        while (why.isEmpty() && (event = channel.poll()) != ConnectionChannel.NONE) {
            count++;
            switch (event) {
                case ConnectionChannel.ADDRESS_RESOLVED -> id.resolveRoute(RESOLVE_MS);
                case ConnectionChannel.ROUTE_RESOLVED -> connect();
                case ConnectionChannel.ESTABLISHED -> {
                    ring = LaneSetup.ringOrNull(channel.privateData());
                    marksRead = ring == null ? 0 : LaneSetup.marksRead(channel.privateData());
                    why = ring == null || ring.count() == 0 ? "the peer's answer is none" : "";
                }
                case ConnectionChannel.ADDRESS_ERROR, ConnectionChannel.ROUTE_ERROR ->
                    why = "no way to the peer: status=" + channel.status();
                case ConnectionChannel.CONNECT_ERROR, ConnectionChannel.UNREACHABLE ->
                    why = "the peer does not answer: status=" + channel.status();
                case ConnectionChannel.REJECTED -> {
                    isRefused = true;
                    why = "the peer refused the lane: status=" + channel.status();
                }
                case ConnectionChannel.DISCONNECTED -> why = "receiver closed the lane";
                case ConnectionChannel.DEVICE_REMOVAL -> why = "the device is gone";
                default -> { }
            }
        }
        return count;
    }

    private void connect() throws IOException {
        Device device = id.device();
        memory = ownMemory.on(device);
        int slabs = context.slabs().size();
        inboxRegion = device.allocate(ledger, "transport.rdma.inbox",
            LaneSetup.INBOX_TABLE_OFFSET + Math.max(1, slabs) * SlabTable.ENTRY_BYTES);
        inboxKeys = device.register(inboxRegion.address(), inboxRegion.lengthBytes(),
            Device.LOCAL_WRITE + Device.REMOTE_WRITE);
        queue = device.createQueue(settings.sendsMax() + 2);
        queuePair = id.createQueuePair(queue, settings.sendsMax(), 1, INLINE_BYTES);
        queuePair.postReceive(TABLE_RECEIVE);
        byte[] open = new byte[LaneFrameProxy.OPEN_BYTES];
        new LaneFrameProxy().putOpen(new UnsafeBuffer(open), 0, context.sessionId(), context.lane(), context.tokenHigh(),
            context.tokenLow());
        id.connect(settings.retries(),
            LaneSetup.request(open, new LaneSetup.Place(inboxRegion.address(), inboxKeys.remoteKey(), slabs), isAgain));
    }

    /** Breaks the connection and gives everything back, the queue pair first. */
    @Override
    public void close() {
        try {
            if (queuePair != null) {
                if (ring != null) {
                    disconnect();
                }
                id.destroyQueuePair();
            }
            id.destroy();
            if (queue != null) {
                queue.close();
            }
            if (inboxKeys != null) {
                inboxKeys.close();
            }
            channel.close();
        } catch (IOException ex) {
            // What the card may yet write to stays: freed memory would be somebody else's soon.
            LOG.log(System.Logger.Level.ERROR, "a lane's queue pair stays: sessionId=" + context.sessionId(), ex);
            return;
        }
        if (inboxRegion != null) {
            inboxRegion.close();
        }
    }

    private void disconnect() {
        try {
            id.disconnect();
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.DEBUG, "the connection was broken before", ex);
        }
    }
}
