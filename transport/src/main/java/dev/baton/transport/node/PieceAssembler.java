package dev.baton.transport.node;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.PieceDecoder;

/**
 * Puts one message of a session together again. Pieces come in order and messages do not mix, so one is under way at a
 * time: a piece that does not continue it ends it. Grows with what arrived, never with what was claimed.
 */
final class PieceAssembler {
    private static final int KEPT_LENGTH_MAX = 1 << 18;
    private static final int INITIAL_LENGTH = 4_096;

    private ExpandableArrayBuffer buffer;
    private long message;
    private int nextIndex;
    private int count;
    private int totalLength;
    private int length;

    /** What was put together last, from offset 0; good until the next piece or {@link #release()}. */
    DirectBuffer buffer() {
        return buffer;
    }

    /**
     * Takes one piece.
     *
     * @return the whole message's length if this was its last piece, 0 if more must come, -1 if the piece was refused
     */
    int add(PieceDecoder piece) {
        int bytesLength = piece.bytesLength();
        if (!(piece.index() == 0 ? begins(piece) : continues(piece)) || bytesLength == 0
            || bytesLength > totalLength - length) {
            nextIndex = 0;
            count = 0;
            return -1;
        }
        if (buffer == null) {
            buffer = new ExpandableArrayBuffer(INITIAL_LENGTH);
        }
        piece.getBytes(buffer, length, bytesLength);
        length += bytesLength;
        nextIndex++;
        if (nextIndex < count) {
            return 0;
        }
        count = 0;
        return length == totalLength ? length : -1;
    }

    /** Gives a large buffer back once its message was used. */
    void release() {
        if (buffer != null && buffer.capacity() > KEPT_LENGTH_MAX) {
            buffer = null;
        }
    }

    private boolean begins(PieceDecoder piece) {
        message = piece.message();
        count = piece.count();
        long claimed = piece.totalLength();
        nextIndex = 0;
        length = 0;
        totalLength = (int) claimed;
        // Piece by piece it must have been worth cutting, and no more pieces than bytes.
        return count >= 2 && claimed > Frames.LENGTH_MAX && claimed <= ControlPlane.MESSAGE_LENGTH_MAX
            && count <= WireMaxima.PIECES_MAX;
    }

    private boolean continues(PieceDecoder piece) {
        return piece.message() == message && piece.index() == nextIndex && piece.count() == count
            && piece.totalLength() == totalLength;
    }
}
