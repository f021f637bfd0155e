package dev.baton.receiver.landing;

import java.nio.ByteBuffer;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * A ring of orders from the control agent to one data agent. Single writer, single reader; nothing is allocated. The
 * control agent takes in no more messages while {@link #hasRoom} is false.
 * <pre>
 *   offset 0 id int64 | 8 x int64 | 16 y int64 | 24 a int32 | 28 b int32 | 32 c int32
 * </pre>
 */
final class LandingInbox implements ControlledMessageHandler {
    /** What a data agent is told to do; called on its thread. */
    interface Orders {
        /** Whether it can carry the next order out now: {@code isSeal} that reservation, or any other. If not, that one and all behind it wait. */
        boolean mayTake(long reservation, boolean isSeal);

        void openSession(long sessionId, long tokenHigh, long tokenLow);

        void closeSession(long sessionId);

        /** The landing lies in the shared table at {@code slot}. */
        void open(long reservation, int slot);

        void bind(long reservation, int part, long sessionId, long token);

        void line(long reservation, int part, int cell, int crc, int seq, boolean isOneSided);

        /** Every mark is in: refuse data, report cells that are not whole. */
        void seal(long reservation);

        /** These bytes are to come again. */
        void reopen(long reservation, int cell);

        /** Refuse data from now on and say so. */
        void revoke(long reservation);

        /** No writer is left: read again what was verified of blocks before that one, and tell how far it is right. */
        void recheck(long reservation, int slot, int endBlock);

        /** Forget it. */
        void close(long reservation);
    }

    private static final int OPEN_SESSION = 1;
    private static final int CLOSE_SESSION = 2;
    private static final int OPEN = 3;
    private static final int BIND = 4;
    private static final int LINE = 5;
    private static final int SEAL = 6;
    private static final int REOPEN = 7;
    private static final int REVOKE = 8;
    private static final int CLOSE = 9;
    private static final int RECHECK = 10;
    private static final int RECORD_LENGTH = 40;

    private final OneToOneRingBuffer ring;
    private final Orders orders;

    LandingInbox(Orders orders, int ringBytes) {
        ring = new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(ringBytes
            + RingBufferDescriptor.TRAILER_LENGTH)));
        this.orders = orders;
    }

    /** Writer: room for what one control message can ask for. */
    boolean hasRoom() {
        return ring.capacity() - ring.size() > ring.capacity() * 3 / 4;
    }

    void openSession(long sessionId, long tokenHigh, long tokenLow) {
        write(OPEN_SESSION, sessionId, tokenHigh, tokenLow, 0, 0, 0);
    }

    void closeSession(long sessionId) {
        write(CLOSE_SESSION, sessionId, 0, 0, 0, 0, 0);
    }

    void open(long reservation, int slot) {
        write(OPEN, reservation, 0, 0, slot, 0, 0);
    }

    void bind(long reservation, int part, long sessionId, long token) {
        write(BIND, reservation, sessionId, token, part, 0, 0);
    }

    void line(long reservation, int part, int cell, int crc, int seq, boolean isOneSided) {
        write(LINE, reservation, part, isOneSided ? 1 : 0, cell, crc, seq);
    }

    void seal(long reservation) {
        write(SEAL, reservation, 0, 0, 0, 0, 0);
    }

    void reopen(long reservation, int cell) {
        write(REOPEN, reservation, 0, 0, cell, 0, 0);
    }

    void revoke(long reservation) {
        write(REVOKE, reservation, 0, 0, 0, 0, 0);
    }

    void recheck(long reservation, int slot, int endBlock) {
        write(RECHECK, reservation, 0, 0, slot, endBlock, 0);
    }

    void close(long reservation) {
        write(CLOSE, reservation, 0, 0, 0, 0, 0);
    }

    /** Reader: carries out what is there, so many at most, and as far as {@link Orders#mayTake}. */
    int drain(int limit) {
        int count = ring.controlledRead(this, limit);
        // One read stops where the ring ends, and more may lie at its beginning.
        return count == limit ? count : count + ring.controlledRead(this, limit - count);
    }

    @Override
    public Action onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
        long id = buffer.getLong(index);
        if (!orders.mayTake(id, type == SEAL)) {
            return Action.ABORT;
        }
        long x = buffer.getLong(index + 8);
        long y = buffer.getLong(index + 16);
        int a = buffer.getInt(index + 24);
        switch (type) {
            case OPEN_SESSION -> orders.openSession(id, x, y);
            case CLOSE_SESSION -> orders.closeSession(id);
            case OPEN -> orders.open(id, a);
            case BIND -> orders.bind(id, a, x, y);
            case LINE -> orders.line(id, (int) x, a, buffer.getInt(index + 28), buffer.getInt(index + 32), y != 0);
            case SEAL -> orders.seal(id);
            case REOPEN -> orders.reopen(id, a);
            case REVOKE -> orders.revoke(id);
            case RECHECK -> orders.recheck(id, a, buffer.getInt(index + 28));
            case CLOSE -> orders.close(id);
            default -> throw new IllegalStateException("no such order: type=" + type);
        }
        return Action.CONTINUE;
    }

    private void write(int type, long id, long x, long y, int a, int b, int c) {
        int index = ring.tryClaim(type, RECORD_LENGTH);
        if (index < 0) {
            throw new IllegalStateException("ordered more than there was room for: type=" + type + " sizeBytes="
                + ring.size());
        }
        UnsafeBuffer buffer = (UnsafeBuffer) ring.buffer();
        buffer.putLong(index, id);
        buffer.putLong(index + 8, x);
        buffer.putLong(index + 16, y);
        buffer.putInt(index + 24, a);
        buffer.putInt(index + 28, b);
        buffer.putInt(index + 32, c);
        ring.commit(index);
    }
}
