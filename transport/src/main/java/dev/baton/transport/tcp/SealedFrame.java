package dev.baton.transport.tcp;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneFrameProxy;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One encrypted Data frame on its way in: its Seal and header, and what came of its bytes. They are decrypted where they
 * lie. Owned by its lane.
 */
final class SealedFrame {
    private final UnsafeBuffer head;
    private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(WireMaxima.SEALED_FRAME_BYTES_MAX));

    SealedFrame(int headBytes) {
        head = new UnsafeBuffer(ByteBuffer.allocateDirect(headBytes));
    }

    /** Keeps the head of a frame, from offset 0. */
    void begin(DirectBuffer from) {
        head.putBytes(0, from, 0, head.capacity());
    }

    /** Where the frame's bytes lie: encrypted, and decrypted once it was opened. */
    long address() {
        return bytes.addressOffset();
    }

    /** Decrypts the frame, which is whole; null, or why not. */
    String openOrWhyNot(InboundLane lane, int lengthBytes) {
        return lane.unsealOrWhyNot(head, 0, LaneFrameProxy.DATA_HEADER_BYTES, address(), address(), lengthBytes);
    }
}
