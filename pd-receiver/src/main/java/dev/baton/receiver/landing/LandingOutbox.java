package dev.baton.receiver.landing;

import java.nio.ByteBuffer;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import dev.baton.receiver.core.LandingEvents;

/**
 * A ring from one data agent to the control agent. Single writer, single reader. The writer asks {@link #hasRoom} or
 * {@link #hasRoomFor} before it does anything that may have something to tell, so nothing told is ever lost.
 * <pre>
 *   offset 0 reservation or session int64 | 8 a int32 | 12 b int32 | 16 c int32 | 20 d int32
 * </pre>
 */
final class LandingOutbox implements MessageHandler {
    private static final int VERIFIED = 1;
    private static final int CORRUPT = 2;
    private static final int MISSING = 3;
    private static final int MARK = 4;
    private static final int REVOKED = 5;
    private static final int LANE_CLOSED = 6;
    private static final int RECHECKED = 7;
    private static final int RECORD_LENGTH = 28;
    /** Of the ring: a record with its header, aligned. */
    static final int EVENT_BYTES = 40;
    /** Events' worth of bytes that may lie unused: the ring's end, where a record would not lie in a row, and the next record's header. */
    private static final int UNUSED_MAX = 2;

    private final OneToOneRingBuffer ring;
    private LandingEvents events;
    /** Writer: events that are known to fit; the reader only makes room. */
    private int room;

    LandingOutbox(int ringBytes) {
        ring = new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(ringBytes
            + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /** Writer: room to go on; a quarter of the ring. */
    boolean hasRoom() {
        return hasRoomFor(ring.capacity() / 4 / EVENT_BYTES);
    }

    /** Writer: whether so many events fit. */
    boolean hasRoomFor(int eventCount) {
        return room >= eventCount || room() >= eventCount;
    }

    /** Writer: events that fit. */
    int room() {
        room = (ring.capacity() - ring.size()) / EVENT_BYTES - UNUSED_MAX;
        return room;
    }

    void verified(long reservation, int cell, int lengthBytes) {
        write(VERIFIED, reservation, cell, lengthBytes, 0, 0, 0);
    }

    void corrupt(long reservation, int cell, int crcSent, int crcLanded) {
        write(CORRUPT, reservation, cell, crcSent, crcLanded, 0, 0);
    }

    void missing(long reservation, int cell, int missingCount) {
        write(MISSING, reservation, cell, missingCount, 0, 0, 0);
    }

    void mark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
        write(MARK, reservation, part, round, lane, seq, isLast ? 1 : 0);
    }

    void revoked(long reservation, int lane) {
        write(REVOKED, reservation, lane, 0, 0, 0, 0);
    }

    void laneClosed(long sessionId, int lane) {
        write(LANE_CLOSED, sessionId, lane, 0, 0, 0, 0);
    }

    void rechecked(long reservation, int lane, int endBlock) {
        write(RECHECKED, reservation, lane, endBlock, 0, 0, 0);
    }

    /** Reader: tells what is there. */
    int drain(LandingEvents to, int limit) {
        events = to;
        return ring.read(this, limit);
    }

    @Override
    public void onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
        long id = buffer.getLong(index);
        int a = buffer.getInt(index + 8);
        int b = buffer.getInt(index + 12);
        int c = buffer.getInt(index + 16);
        int d = buffer.getInt(index + 20);
        switch (type) {
            case VERIFIED -> events.onCellVerified(id, a, b);
            case CORRUPT -> events.onCellCorrupt(id, a, b, c);
            case MISSING -> events.onCellMissing(id, a, b);
            case MARK -> events.onMark(id, a, b, c, d, buffer.getInt(index + 24) != 0);
            case REVOKED -> events.onRevoked(id, a);
            case LANE_CLOSED -> events.onLaneClosed(id, a);
            case RECHECKED -> events.onRechecked(id, a, b);
            default -> throw new IllegalStateException("no such event: type=" + type);
        }
    }

    private void write(int type, long id, int a, int b, int c, int d, int e) {
        int index = ring.tryClaim(type, RECORD_LENGTH);
        if (index < 0) {
            throw new IllegalStateException("told more than there was room for: type=" + type + " sizeBytes="
                + ring.size());
        }
        room--;
        UnsafeBuffer buffer = (UnsafeBuffer) ring.buffer();
        buffer.putLong(index, id);
        buffer.putInt(index + 8, a);
        buffer.putInt(index + 12, b);
        buffer.putInt(index + 16, c);
        buffer.putInt(index + 20, d);
        buffer.putInt(index + 24, e);
        ring.commit(index);
    }
}
