package dev.baton.transport.shm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A lane's small frames between two processes, over a mapped file: one writer, one reader, slots of one cache line
 * each. No length but a slot's own is taken from the peer, so a broken peer can spoil frames and never the reader's
 * place.
 * <pre>
 *   offset 0     long  {@value #MAGIC}
 *         64     int   receiver: {@link #PREPARING}, {@link #WAITING}, {@link #ACCEPTED}, {@link #CLOSED}
 *        128     int   sender: {@link #PREPARING}, {@link #ATTACHED}, {@link #CLOSED}
 *        136     long  sender: bytes written into slabs so far
 *       4096     slots of 64 bytes: int length of the frame, 0 while free; int unused; the frame, 56 bytes at most
 * </pre>
 * Fields are in the machine's own byte order: both ends are on one machine.
 */
final class MarkRing {
    static final int PREPARING = 0;
    static final int WAITING = 1;
    static final int ATTACHED = 1;
    static final int ACCEPTED = 2;
    static final int CLOSED = 3;

    static final int SLOT_COUNT = 1024;
    static final int SLOT_BYTES = 64;
    static final int FRAME_OFFSET = 8;
    static final int FRAME_BYTES_MAX = SLOT_BYTES - FRAME_OFFSET;
    static final int SLOTS_OFFSET = 4096;
    static final int FILE_BYTES = SLOTS_OFFSET + SLOT_COUNT * SLOT_BYTES;

    private static final long MAGIC = 0x314e_4f54_4142L;
    private static final int RECEIVER_OFFSET = 64;
    private static final int SENDER_OFFSET = 128;
    private static final int POSITION_OFFSET = 136;

    private final UnsafeBuffer buffer;
    private long nextSlot;

    MarkRing(long address) {
        buffer = new UnsafeBuffer(address, FILE_BYTES);
    }

    /** The receiver, once: only now may a sender use the ring. */
    void announce() {
        buffer.putLong(0, MAGIC);
        buffer.putIntVolatile(RECEIVER_OFFSET, WAITING);
    }

    boolean isAnnounced() {
        return buffer.getIntVolatile(RECEIVER_OFFSET) != PREPARING && buffer.getLong(0) == MAGIC;
    }

    int receiverState() {
        return buffer.getIntVolatile(RECEIVER_OFFSET);
    }

    void receiverState(int value) {
        buffer.putIntVolatile(RECEIVER_OFFSET, value);
    }

    int senderState() {
        return buffer.getIntVolatile(SENDER_OFFSET);
    }

    void senderState(int value) {
        buffer.putIntVolatile(SENDER_OFFSET, value);
    }

    /** False if another sender was here first. */
    boolean attach() {
        return buffer.compareAndSetInt(SENDER_OFFSET, PREPARING, ATTACHED);
    }

    void senderPosition(long value) {
        buffer.putLongRelease(POSITION_OFFSET, value);
    }

    long senderPosition() {
        return buffer.getLongAcquire(POSITION_OFFSET);
    }

    /** Sender: publishes a frame behind all that was stored before. False while the ring is full. */
    boolean offer(DirectBuffer frame, int lengthBytes) {
        int slot = slotOffset();
        if (buffer.getIntAcquire(slot) != 0) {
            return false;
        }
        buffer.putBytes(slot + FRAME_OFFSET, frame, 0, lengthBytes);
        buffer.putIntRelease(slot, lengthBytes);
        nextSlot++;
        return true;
    }

    /**
     * Receiver: copies the next frame out; gives its length, at most {@link #FRAME_BYTES_MAX}, or 0 if there is none.
     */
    int take(MutableDirectBuffer into) {
        int slot = slotOffset();
        int announced = buffer.getIntAcquire(slot);
        if (announced == 0) {
            return 0;
        }
        // Copied first, checked then: the peer could change it between a check and a use in place.
        buffer.getBytes(slot + FRAME_OFFSET, into, 0, FRAME_BYTES_MAX);
        buffer.putIntRelease(slot, 0);
        nextSlot++;
        return announced > 0 && announced <= FRAME_BYTES_MAX ? announced : FRAME_BYTES_MAX;
    }

    private int slotOffset() {
        return SLOTS_OFFSET + (int) (nextSlot & (SLOT_COUNT - 1)) * SLOT_BYTES;
    }
}
