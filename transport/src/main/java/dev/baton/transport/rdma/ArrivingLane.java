package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The receiving end of one lane: its queue pair, the ring that the sender writes marks into, and how many it may write.
 * Owned by its inlet's thread.
 */
final class ArrivingLane {
    /** Kinds of work requests, in the lowest bits of their numbers; the lane's number is above. */
    static final int KIND_MASK = 3;
    static final int RECEIVE = 0;
    static final int CREDIT = 1;
    static final int TABLE = 2;
    static final int LANE_SHIFT = 2;

    /** More than the one table and the one credit that are on their way at once. */
    private static final int SENDS_MAX = 4;
    private static final int INLINE_BYTES = 8;

    final long number;
    final InboundLane state;
    private final ConnectionId id;
    private final LaneSetup.Place inbox;
    private final int slots;
    private final Region ring;
    private final MemoryKeys ringKeys;
    private final QueuePair queuePair;
    private final UnsafeBuffer slotsBuffer;
    private final UnsafeBuffer credit;
    private final WriteRequest write = new WriteRequest();
    private long readCount;
    private long toldCount;
    private boolean isGoodbye;
    private boolean isLost;
    private long lostNs;
    private boolean isCreditOnItsWay;
    private boolean isPeerGone;

    /**
     * Makes the queue pair and stands ready for marks.
     * @throws IOException if the device refuses; nothing is left behind then
     */
    ArrivingLane(MemoryLedger ledger, long number, InboundLane state, ConnectionId id, CompletionQueue queue,
        LaneSetup.Place inbox, RdmaSettings settings, long readBefore) throws IOException {
        this.number = number;
        this.state = state;
        this.id = id;
        this.inbox = inbox;
        this.slots = settings.markSlots();
        this.readCount = readBefore;
        this.toldCount = readBefore;
        // Two slots more: where the sender says that it ends, and the count of marks read, from which it is written to it.
        int ringBytes = (slots + 2) * LaneSetup.SLOT_BYTES;
        ring = id.device().allocate(ledger, "transport.rdma.marks", ringBytes);
        slotsBuffer = new UnsafeBuffer(ring.address(), ringBytes);
        credit = new UnsafeBuffer(ring.address() + (slots + 1L) * LaneSetup.SLOT_BYTES, LaneSetup.SLOT_BYTES);
        MemoryKeys keys = null;
        QueuePair made = null;
        try {
            id.ackTimeout(settings.ackTimeout());
            keys = id.device().register(ring.address(), ring.lengthBytes(), Device.LOCAL_WRITE + Device.REMOTE_WRITE);
            made = id.createQueuePair(queue, SENDS_MAX, slots, INLINE_BYTES);
            for (int i = 0; i < slots; i++) {
                made.postReceive(requestId(RECEIVE));
            }
            id.accept(settings.retries(), LaneSetup.answer(new LaneSetup.Place(ring.address(), keys.remoteKey(), slots), readBefore));
        } catch (IOException ex) {
            if (made != null) {
                id.destroyQueuePair();
            }
            if (keys != null) {
                keys.close();
            }
            ring.close();
            throw ex;
        }
        ringKeys = keys;
        queuePair = made;
    }

    boolean isOf(ConnectionId other) {
        return id.equals(other);
    }

    boolean isPeerGone() {
        return isPeerGone;
    }

    /** The peer went or the queue pair broke; what came before is read yet. */
    void peerGone() {
        isPeerGone = true;
    }

    /** Writes the table of slabs into the sender's inbox, with their count as the immediate value. */
    void tellSlabs(OwnMemory.OnDevice memory) throws IOException {
        if (memory.slabCount() > inbox.count()) {
            throw new IOException("the sender knows fewer slabs than there are: known=" + inbox.count() + " slabs=" +
                memory.slabCount());
        }
        // A write of nothing is none: an empty table goes as one entry that says so by its count.
        queuePair.post(write.to(inbox.address() + LaneSetup.INBOX_TABLE_OFFSET, inbox.key())
            .add(memory.tableAddress(), Math.max(1, memory.slabCount()) * SlabTable.ENTRY_BYTES, memory.tableKey())
            .immediate(memory.slabCount()).signaled().requestId(requestId(TABLE)));
    }

    /** Copies a mark out of its slot: nothing that a peer could still change is read twice. */
    boolean take(int slot, int lengthBytes, MutableDirectBuffer into) {
        if (slot < 0 || slot >= slots || lengthBytes > LaneSetup.SLOT_BYTES) {
            return false;
        }
        into.putBytes(0, slotsBuffer, slot * LaneSetup.SLOT_BYTES, lengthBytes);
        return true;
    }

    /** One mark was read: stands ready for another. */
    void read() throws IOException {
        readCount++;
        queuePair.postReceive(requestId(RECEIVE));
    }

    /** Whether the sender says by this slot that it ends. */
    boolean isGoodbye(int slot) {
        isGoodbye |= slot == slots;
        return slot == slots;
    }

    /** The sender ended by itself, and does not come by another way. */
    boolean hasSaidGoodbye() {
        return isGoodbye;
    }

    long readCount() {
        return readCount;
    }

    /** Its queue pair is gone, and the sender may yet come by another way. */
    void lost(long nowNs) {
        isLost = true;
        lostNs = nowNs;
    }

    boolean isLost() {
        return isLost;
    }

    long lostNs() {
        return lostNs;
    }

    void creditArrived() {
        isCreditOnItsWay = false;
    }

    /** Tells the sender how many marks were read, if that is news and the last word has arrived. Returns 1 if it does. */
    int tellCredit() throws IOException {
        if (readCount == toldCount || isCreditOnItsWay || isPeerGone || isLost) {
            return 0;
        }
        credit.putLong(0, readCount, LITTLE_ENDIAN);
        queuePair.post(write.to(inbox.address(), inbox.key())
            .add(ring.address() + (slots + 1L) * LaneSetup.SLOT_BYTES, Long.BYTES, ringKeys.localKey())
            .signaled().inline().requestId(requestId(CREDIT)));
        toldCount = readCount;
        isCreditOnItsWay = true;
        return 1;
    }

    /** From its return on nothing of the sender's lands by this lane. */
    void destroyQueuePair() throws IOException {
        try {
            id.disconnect();
        } catch (IOException ex) {
            // Of a connection that is broken already, or was never whole; what counts is the next call.
            isPeerGone = true;
        }
        id.destroyQueuePair();
    }

    /** Gives back what is left. */
    void close() throws IOException {
        id.destroy();
        ringKeys.close();
        ring.close();
    }

    private long requestId(int kind) {
        return number << LANE_SHIFT | kind;
    }
}
