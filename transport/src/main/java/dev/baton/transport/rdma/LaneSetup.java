package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.transport.lane.LaneFrameProxy;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What both ends of a lane tell each other as they connect, in the connection's private data, little-endian.
 * <pre>
 *   request  LaneOpen frame (40 bytes) | long address of the sender's inbox | int its key | int entries of the slab table it takes,
 *            and its highest bit where the lane was open before, on another device
 *   answer   long address of the mark ring | int its key | int its slots | long marks read before, of such a lane
 *
 *   inbox    long marks read so far (written by the receiver) | 56 bytes for the next mark | slab table
 *   ring     slots of 64 bytes, one mark frame each, and one more: a write there ends the lane for good
 * </pre>
 */
final class LaneSetup {
    static final int REQUEST_BYTES = LaneFrameProxy.OPEN_BYTES + 16;
    static final int ANSWER_BYTES = 24;
    private static final int PLACE_BYTES = 16;
    private static final int AGAIN = 1 << 31;
    static final int SLOT_BYTES = 64;
    static final int SLOTS_MAX = 4096;
    static final int INBOX_MARK_OFFSET = 8;
    static final int INBOX_TABLE_OFFSET = 64;
    static final int SLABS_MAX = 65_536;

    private LaneSetup() {}

    /** A place in a peer's memory, and how much of what it holds. */
    record Place(long address, int key, int count) {}

    static byte[] request(byte[] openFrame, Place inbox, boolean isAgain) {
        byte[] bytes = new byte[REQUEST_BYTES];
        put(ByteBuffer.wrap(bytes).put(openFrame),
            new Place(inbox.address(), inbox.key(), isAgain ? inbox.count() | AGAIN : inbox.count()));
        return bytes;
    }

    static byte[] answer(Place ring, long marksRead) {
        byte[] bytes = new byte[ANSWER_BYTES];
        put(ByteBuffer.wrap(bytes), ring).putLong(marksRead);
        return bytes;
    }

    /** A request in which there is an inbox, as its sender can no longer change it. */
    static UnsafeBuffer copyOf(ByteBuffer request) {
        byte[] bytes = new byte[REQUEST_BYTES];
        request.get(request.position(), bytes);
        return new UnsafeBuffer(bytes);
    }

    /** Whether the sender goes on with a lane that it had; of a request in which there is an inbox. */
    static boolean isAgain(ByteBuffer request) {
        return request.slice().order(LITTLE_ENDIAN).getInt(REQUEST_BYTES - Integer.BYTES) < 0;
    }

    /** Of an answer in which there is a ring. */
    static long marksRead(ByteBuffer answer) {
        return answer.slice().order(LITTLE_ENDIAN).getLong(PLACE_BYTES);
    }

    /** Null where the bytes are no such thing. */
    static Place inboxOrNull(ByteBuffer request) {
        return placeOrNull(request, LaneFrameProxy.OPEN_BYTES, REQUEST_BYTES, SLABS_MAX);
    }

    /** Null where the bytes are no such thing. */
    static Place ringOrNull(ByteBuffer answer) {
        return placeOrNull(answer, 0, ANSWER_BYTES, SLOTS_MAX);
    }

    private static ByteBuffer put(ByteBuffer buffer, Place place) {
        return buffer.order(LITTLE_ENDIAN).putLong(place.address()).putInt(place.key()).putInt(place.count());
    }

    private static Place placeOrNull(ByteBuffer bytes, int offset, int lengthBytes, int countMax) {
        if (bytes.remaining() < lengthBytes) {
            return null;
        }
        ByteBuffer from = bytes.slice().order(LITTLE_ENDIAN);
        Place place = new Place(from.getLong(offset), from.getInt(offset + 8), from.getInt(offset + 12) & ~AGAIN);
        return place.count() > countMax ? null : place;
    }
}
