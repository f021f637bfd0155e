package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.transport.lane.LaneFrameProxy;
import java.nio.ByteBuffer;

/**
 * What both ends of a lane tell each other as they connect, in the connection's private data, little-endian.
 * <pre>
 *   request  LaneOpen frame (40 bytes) | long address of the sender's inbox | int its key | int entries of the slab table it takes
 *   answer   long address of the mark ring | int its key | int its slots
 *
 *   inbox    long marks read so far (written by the receiver) | 56 bytes for the next mark | slab table
 *   ring     slots of 64 bytes, one mark frame each
 * </pre>
 */
final class LaneSetup {
    static final int REQUEST_BYTES = LaneFrameProxy.OPEN_BYTES + 16;
    static final int ANSWER_BYTES = 16;
    static final int SLOT_BYTES = 64;
    static final int SLOTS_MAX = 4096;
    static final int INBOX_MARK_OFFSET = 8;
    static final int INBOX_TABLE_OFFSET = 64;
    static final int SLABS_MAX = 65_536;

    private LaneSetup() {}

    /** A place in a peer's memory, and how much of what it holds. */
    record Place(long address, int key, int count) {}

    static byte[] request(byte[] openFrame, Place inbox) {
        byte[] bytes = new byte[REQUEST_BYTES];
        put(ByteBuffer.wrap(bytes).put(openFrame), inbox);
        return bytes;
    }

    static byte[] answer(Place ring) {
        byte[] bytes = new byte[ANSWER_BYTES];
        put(ByteBuffer.wrap(bytes), ring);
        return bytes;
    }

    /** Null where the bytes are no such thing. */
    static Place inboxOrNull(ByteBuffer request) {
        return placeOrNull(request, LaneFrameProxy.OPEN_BYTES, SLABS_MAX);
    }

    /** Null where the bytes are no such thing. */
    static Place ringOrNull(ByteBuffer answer) {
        return placeOrNull(answer, 0, SLOTS_MAX);
    }

    private static void put(ByteBuffer buffer, Place place) {
        buffer.order(LITTLE_ENDIAN).putLong(place.address()).putInt(place.key()).putInt(place.count());
    }

    private static Place placeOrNull(ByteBuffer bytes, int offset, int countMax) {
        if (bytes.remaining() < offset + ANSWER_BYTES) {
            return null;
        }
        ByteBuffer from = bytes.slice().order(LITTLE_ENDIAN);
        Place place = new Place(from.getLong(offset), from.getInt(offset + 8), from.getInt(offset + 12));
        return place.count() < 0 || place.count() > countMax ? null : place;
    }
}
