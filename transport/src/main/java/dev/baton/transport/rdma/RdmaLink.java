package dev.baton.transport.rdma;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.ClosedReason;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.Verbs;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes by the card, straight from registered memory into the peer's extents; a source that is not registered is copied
 * once into memory that is. The CRC is read while the bytes wait for the card. Where no answer came to a request and the
 * peer is reached by other addresses too, the lane goes on there; any other failure ends it.
 */
final class RdmaLink implements Link, WriteWindow.Route {
    /** One write's length: bounds how long its CRC keeps the agent. */
    static final int WRITE_BYTES_MAX = 1 << 20;
    private static final System.Logger LOG = System.getLogger(RdmaLink.class.getName());
    private static final int EVENTS_MASK = 63;
    /** How often each other way is tried, from one connection to the next. */
    private static final int TRIES_EACH = 3;

    private final LinkContext context;
    private final Verbs verbs;
    private final OwnMemory memory;
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
    private SlabPlaces slabs;
    private boolean isConnected;
    private long markCount;
    private final WriteRequest markWrite = new WriteRequest();
    private final UnsafeBuffer marks;
    private int hostIndex;
    private int triesLeft;
    private long acceptedAtEnd;
    private long completedAtEnd;
    private int pollCount;

    RdmaLink(TransportContext transport, LinkContext context, Verbs verbs, RdmaSettings settings, OwnMemory memory) {
        this.context = context;
        this.copier = transport.copier();
        this.ledger = transport.ledger();
        this.settings = settings;
        this.verbs = verbs;
        this.memory = memory;
        this.marks = new UnsafeBuffer(new byte[settings.markSlots() * LaneSetup.SLOT_BYTES]);
        this.triesLeft = context.otherHosts().size() * TRIES_EACH;
        try {
            dialling = new Dialling(verbs, settings, context, context.host(), false, memory, ledger);
        } catch (IOException ex) {
            goOnElsewhere("cannot dial: " + ex.getMessage());
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
    public boolean isByCard() {
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
        int slab = slabs.checkedSlab(target, Math.min(target.lengthBytes(), WRITE_BYTES_MAX));
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
            window.write(from, lengthBytes, key, slabs.address(slab) + target.slabOffset(), slabs.key(slab), slab);
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
        if (!window.hasRoom() || markCount - readByPeer >= Math.min(ring.count(), settings.markSlots())) {
            return BACK_PRESSURED;
        }
        proxy.putMark(marks, (int) (markCount % settings.markSlots()) * LaneSetup.SLOT_BYTES, mark);
        try {
            mark(markWrite, markCount);
            window.mark(markWrite, markCount);
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
            if (ring == null && dialling.queueOrNull() != null && dialling.ringOrNull() != null) {
                ring = dialling.ringOrNull();
                inbox = dialling.inbox();
                inbox.putLongVolatile(0, dialling.marksRead());
            }
            if (isConnected) {
                workCount += window.flush();
            }
            if (ring != null) {
                workCount += pollCompletions();
            }
        } catch (IOException ex) {
            goOnElsewhere(ex.getMessage());
            return 1;
        }
        if (!end.isClosed() && !dialling.why().isEmpty()) {
            if (dialling.isRefused()) {
                fail(dialling.why());
            } else {
                goOnElsewhere(dialling.why());
            }
        }
        return workCount;
    }

    @Override
    public void rename(WriteRequest request, int slab) throws IOException {
        for (int i = 0; i < request.pieceCount(); i++) {
            MemoryKeys holder = dialling.memory().holderOrNull(request.address(i), request.length(i));
            request.key(i, holder == null ? bounceKeys.localKey() : holder.localKey());
        }
        request.peerKey(slabs.key(slab));
    }

    @Override
    public void mark(WriteRequest request, long mark) {
        int slot = (int) (mark % ring.count());
        inbox.putBytes(LaneSetup.INBOX_MARK_OFFSET, marks, (int) (mark % settings.markSlots()) * LaneSetup.SLOT_BYTES,
            LaneFrameProxy.MARK_BYTES);
        request.to(ring.address() + (long) slot * LaneSetup.SLOT_BYTES, ring.key())
            .add(inbox.addressOffset() + LaneSetup.INBOX_MARK_OFFSET, LaneFrameProxy.MARK_BYTES,
                dialling.inboxKeys().localKey()).immediate(slot).inline();
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
            sayGoodbye();
        }
        if (isConnected) {
            linger();
        }
        fail("closed by this side");
    }

    /**
     * Gives the queue pair up and dials the next of the peer's addresses; what is not done is posted again there. Ends the lane
     * where there is no other address, or each was tried often enough.
     */
    private void goOnElsewhere(String why) {
        if (triesLeft == 0) {
            fail(why);
            return;
        }
        LOG.log(System.Logger.Level.INFO, facts(why) + "; goes on by another way: tries left=" + triesLeft);
        isConnected = false;
        ring = null;
        giveUpDialling();
        while (dialling == null && triesLeft > 0) {
            triesLeft--;
            hostIndex = (hostIndex + 1) % (context.otherHosts().size() + 1);
            String host = hostIndex == 0 ? context.host() : context.otherHosts().get(hostIndex - 1);
            try {
                dialling = new Dialling(verbs, settings, context, host, window != null, memory, ledger);
            } catch (IOException ex) {
                LOG.log(System.Logger.Level.WARNING, "no way to the peer: host=" + host, ex);
            }
        }
        if (dialling == null) {
            fail(why);
        }
    }

    /** So that the peer does not wait for this lane to come by another way. */
    private void sayGoodbye() {
        if (context.otherHosts().isEmpty() || !window.hasRoom() || markCount - inbox.getLongVolatile(0) >= ring.count()) {
            return;
        }
        int slot = ring.count();
        markWrite.to(ring.address() + (long) slot * LaneSetup.SLOT_BYTES, ring.key())
            .add(inbox.addressOffset() + LaneSetup.INBOX_MARK_OFFSET, Long.BYTES, dialling.inboxKeys().localKey())
            .immediate(slot).inline();
        try {
            window.mark(markWrite, markCount);
        } catch (IOException ex) {
            fail("the card takes no mark: " + ex.getMessage());
        }
    }

    /** Room for so many bytes in one piece of the bounce memory, 0 for none yet; makes the memory when it is first needed. */
    private int bounceRoom(int lengthBytes) throws IOException {
        if (bounce == null) {
            bounce = Regions.anonymous(ledger, "transport.rdma.bounce", settings.bounceBytes());
        }
        if (bounceKeys == null) {
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
        slabs = new SlabPlaces(inbox, count, context.slabs());
        if (window == null) {
            window = new WriteWindow(dialling.queuePair(), (int) Math.min(settings.writeBytesMax(), dialling.messageBytesMax()),
                settings.sendsMax());
        } else {
            if (bounce != null) {
                bounceKeys = dialling.register(bounce);
            }
            window.resume(dialling.queuePair(), dialling.marksRead(), this);
        }
        isConnected = true;
        triesLeft = context.otherHosts().size() * TRIES_EACH;
    }

    /** What was accepted before a close arrives, as far as a short while and a living peer allow. */
    private void linger() {
        long startNs = System.nanoTime();
        while (isConnected && !window.isIdle() && System.nanoTime() - startNs < settings.lingerNs()) {
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
        giveUpDialling();
        if (bounce != null) {
            bounce.close();
            bounce = null;
        }
        return CLOSED;
    }

    /** First the queue pair: until it is gone the card may read the bounce memory, and the peer write the inbox. */
    private void giveUpDialling() {
        if (dialling != null) {
            dialling.close();
            dialling = null;
        }
        if (bounceKeys != null) {
            bounceKeys.close();
            bounceKeys = null;
        }
    }

    private String facts(String why) {
        return why + ": sessionId=" + context.sessionId() + " lane=" + context.lane() + " host=" +
            (dialling == null ? context.host() : dialling.host()) +
            " port=" + context.port();
    }
}
