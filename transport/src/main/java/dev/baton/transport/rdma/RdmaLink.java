package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.ClosedReason;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes by the card, straight from registered memory into the peer's extents; a source that is not registered is copied
 * once into memory that is. The CRC is read while the bytes wait for the card. A request that failed, for whatever reason,
 * ends the lane.
 */
final class RdmaLink implements Link {
    /** One write's length: bounds how long its CRC keeps the agent. */
    static final int WRITE_BYTES_MAX = 1 << 20;
    private static final int EVENTS_MASK = 63;
    /** A closing lane waits so long for what is on its way: the peer must read a mark that was accepted. */
    private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final LinkContext context;
    private final Copier copier;
    private final RdmaSettings settings;
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final ClosedReason end = new ClosedReason();
    private final MemoryLedger ledger;
    private Dialling dialling;
    private Region bounce;
    private MemoryKeys bounceKeys;
    private LaneSetup.Place ring;
    private WriteWindow window;
    private UnsafeBuffer inbox;
    private long[] slabAddress;
    private long[] slabBytes;
    private int[] slabKey;
    private boolean isConnected;
    private long markCount;
    private long acceptedAtEnd;
    private long completedAtEnd;
    private int pollCount;

    RdmaLink(TransportContext transport, LinkContext context, Verbs verbs, RdmaSettings settings, OwnMemory memory) {
        this.context = context;
        this.copier = transport.copier();
        this.ledger = transport.ledger();
        this.settings = settings;
        try {
            dialling = new Dialling(verbs, settings, context, memory, ledger);
        } catch (IOException ex) {
            end.closed(facts("cannot dial: " + ex.getMessage()));
        }
    }

    @Override
    public int lane() {
        return context.lane();
    }

    @Override
    public boolean isOneSided() {
        return true;
    }

    @Override
    public int writeLengthMax() {
        return WRITE_BYTES_MAX;
    }

    @Override
    public long write(long source, Placement target) {
        if (!isConnected) {
            return end.isClosed() ? CLOSED : NOT_CONNECTED;
        }
        int slab = checkedSlab(target, Math.min(target.lengthBytes(), WRITE_BYTES_MAX));
        int lengthBytes = Math.min(target.lengthBytes(), WRITE_BYTES_MAX);
        if (!window.hasRoom() || window.accepted() - window.completed() + lengthBytes > settings.windowBytes()) {
            return BACK_PRESSURED;
        }
        MemoryKeys holder = dialling.memory().holderOrNull(source, lengthBytes);
        long from = source;
        int key;
        try {
            if (holder == null) {
                lengthBytes = bounceRoom(lengthBytes);
                if (lengthBytes == 0) {
                    return BACK_PRESSURED;
                }
                from = bounce.address() + window.bounceUsed() % bounce.lengthBytes();
                key = bounceKeys.localKey();
                target.crc(copier.copyWithCrc(source, from, lengthBytes, target.crc()));
                window.takeBounce(lengthBytes);
            } else {
                key = holder.localKey();
                target.crc(copier.crc(source, lengthBytes, target.crc()));
            }
            window.write(from, lengthBytes, key, slabAddress[slab] + target.slabOffset(), slabKey[slab]);
        } catch (IOException ex) {
            return fail("the card takes no write: " + ex.getMessage());
        }
        return lengthBytes;
    }

    @Override
    public long mark(LaneMark mark) {
        if (!isConnected) {
            return end.isClosed() ? CLOSED : NOT_CONNECTED;
        }
        long readByPeer = inbox.getLongVolatile(0);
        if (!window.hasRoom() || markCount - readByPeer >= ring.count()) {
            return BACK_PRESSURED;
        }
        int slot = (int) (markCount % ring.count());
        proxy.putMark(inbox, LaneSetup.INBOX_MARK_OFFSET, mark);
        try {
            window.mark(inbox.addressOffset() + LaneSetup.INBOX_MARK_OFFSET, LaneFrameProxy.MARK_BYTES,
                dialling.inboxKeys().localKey(), ring.address() + (long) slot * LaneSetup.SLOT_BYTES, ring.key(), slot);
        } catch (IOException ex) {
            return fail("the card takes no mark: " + ex.getMessage());
        }
        markCount++;
        return 1;
    }

    @Override
    public long acceptedPosition() {
        return window == null ? acceptedAtEnd : window.accepted();
    }

    @Override
    public long completedPosition() {
        return window == null ? completedAtEnd : window.completed();
    }

    @Override
    public int poll() {
        if (end.isClosed()) {
            return 0;
        }
        int workCount = 0;
        try {
            if (!isConnected || (pollCount++ & EVENTS_MASK) == 0) {
                workCount += dialling.pollEvents();
            }
            if (window == null && dialling.queueOrNull() != null && dialling.ringOrNull() != null) {
                ring = dialling.ringOrNull();
                inbox = dialling.inbox();
                window = new WriteWindow(dialling.queuePair(),
                    (int) Math.min(settings.writeBytesMax(), dialling.messageBytesMax()), settings.sendsMax());
            }
            if (window != null) {
                workCount += window.flush() + pollCompletions();
            }
        } catch (IOException ex) {
            fail(ex.getMessage());
            return 1;
        }
        if (!dialling.why().isEmpty()) {
            fail(dialling.why());
        }
        return workCount;
    }

    @Override
    public boolean isConnected() {
        return isConnected;
    }

    @Override
    public boolean isClosed() {
        return end.isClosed();
    }

    @Override
    public String whyClosed() {
        return end.why();
    }

    @Override
    public void close() {
        if (end.isClosed()) {
            return;
        }
        if (isConnected) {
            linger();
        }
        fail("closed by this side");
    }

    /** Room for so many bytes in one piece of the bounce memory, 0 for none yet; makes the memory when it is first needed. */
    private int bounceRoom(int lengthBytes) throws IOException {
        if (bounce == null) {
            bounce = Regions.anonymous(ledger, "transport.rdma.bounce", settings.bounceBytes());
            bounceKeys = dialling.register(bounce);
        }
        long sizeBytes = bounce.lengthBytes();
        long toEnd = sizeBytes - window.bounceUsed() % sizeBytes;
        int pieceBytes = (int) Math.min(lengthBytes, sizeBytes / 4);
        long freeBytes = sizeBytes - (window.bounceUsed() - window.bounceDone());
        if (toEnd < pieceBytes && freeBytes >= toEnd + pieceBytes) {
            window.takeBounce((int) toEnd);
            return pieceBytes;
        }
        return toEnd >= pieceBytes && freeBytes >= pieceBytes ? pieceBytes : 0;
    }

    private int pollCompletions() throws IOException {
        CompletionQueue queue = dialling.queueOrNull();
        int count = queue.poll();
        for (int i = 0; i < count && !end.isClosed(); i++) {
            if (queue.status(i) != CompletionQueue.SUCCESS) {
                throw new IOException("a write failed: status=" + queue.status(i) + " request=" + queue.requestId(i));
            }
            if (queue.requestId(i) == Dialling.TABLE_RECEIVE) {
                readTable(queue.immediate(i));
            } else {
                window.completed(queue.requestId(i));
            }
        }
        return count;
    }

    /** The peer has written its table of slabs: now their addresses are known. */
    private void readTable(int count) throws IOException {
        int slabCount = 0;
        for (RemoteSlab slab : context.slabs()) {
            slabCount = Math.max(slabCount, slab.slab() + 1);
        }
        slabAddress = new long[slabCount];
        slabBytes = new long[slabCount];
        slabKey = new int[slabCount];
        for (int i = 0; i < Math.min(count, context.slabs().size()); i++) {
            int at = LaneSetup.INBOX_TABLE_OFFSET + i * SlabTable.ENTRY_BYTES;
            int slab = SlabTable.slab(inbox, at);
            if (slab >= 0 && slab < slabCount) {
                slabAddress[slab] = SlabTable.address(inbox, at);
                slabBytes[slab] = SlabTable.lengthBytes(inbox, at);
                slabKey[slab] = SlabTable.key(inbox, at);
            }
        }
        for (RemoteSlab slab : context.slabs()) {
            if (slabBytes[slab.slab()] != slab.lengthBytes()) {
                throw new IOException("the peer's slab is not what its HELLO told: slab=" + slab + " registeredBytes=" +
                    slabBytes[slab.slab()]);
            }
        }
        isConnected = true;
    }

    /** A place outside the peer's slabs is this process's own mistake, and must not become a write. */
    private int checkedSlab(Placement target, int lengthBytes) {
        int slab = target.slab();
        long offset = target.slabOffset();
        if (slab < 0 || slab >= slabBytes.length || offset < 0 || offset > slabBytes[slab] - lengthBytes
            || lengthBytes < 1) {
            throw new IllegalArgumentException("place lies outside the peer's slabs: slab=" + slab + " slabOffset=" +
                offset + " lengthBytes=" + target.lengthBytes() + " slabs=" + context.slabs());
        }
        return slab;
    }

    /** What was accepted before a close arrives, as far as a short while and a living peer allow. */
    private void linger() {
        long startNs = System.nanoTime();
        while (isConnected && !window.isIdle() && System.nanoTime() - startNs < LINGER_NS) {
            poll();
            Thread.onSpinWait();
        }
    }

    private long fail(String why) {
        end.closed(facts(why));
        isConnected = false;
        if (window != null) {
            acceptedAtEnd = window.accepted();
            completedAtEnd = window.completed();
            window = null;
        }
        if (dialling != null) {
            // First the queue pair: until it is gone the card may read the bounce memory, and the peer write the inbox.
            dialling.close();
            if (bounce != null) {
                bounceKeys.close();
                bounce.close();
                bounce = null;
            }
            dialling = null;
        }
        return CLOSED;
    }

    private String facts(String why) {
        return why + ": sessionId=" + context.sessionId() + " lane=" + context.lane() + " host=" + context.host() +
            " port=" + context.port();
    }
}
