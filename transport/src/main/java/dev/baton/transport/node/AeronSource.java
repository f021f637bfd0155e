package dev.baton.transport.node;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.wire.Frames;
import io.aeron.Image;
import io.aeron.logbuffer.FrameDescriptor;

/** One image of the control subscription. Puts its fragmented messages together, up to 64 KiB and not a byte more. */
final class AeronSource extends FrameSource {
    private static final int LENGTH_INITIAL = 4_096;

    final Image image;
    private byte[] bytes;
    private final UnsafeBuffer whole = new UnsafeBuffer(0, 0);
    private int length;
    private boolean isAssembling;
    /** Since when it is of no session, on the monotonic clock. */
    long strangerSinceNs;
    boolean isRejected;

    AeronSource(Image image) {
        super(hostOf(image.sourceIdentity()));
        this.image = image;
    }

    void onFragment(FrameListener listener, DirectBuffer buffer, int offset, int fragmentLength, byte flags) {
        if ((flags & FrameDescriptor.UNFRAGMENTED) == FrameDescriptor.UNFRAGMENTED) {
            isAssembling = false;
            listener.onFrame(this, buffer, offset, fragmentLength);
            return;
        }
        if ((flags & FrameDescriptor.BEGIN_FRAG_FLAG) != 0) {
            isAssembling = true;
            length = 0;
        }
        if (!isAssembling) {
            return;   // the rest of a message that was given up, or joined in its middle
        }
        if (length + fragmentLength > Frames.LENGTH_MAX) {
            isAssembling = false;
            listener.onBadFrame(this);
            return;
        }
        append(buffer, offset, fragmentLength);
        if ((flags & FrameDescriptor.END_FRAG_FLAG) != 0) {
            isAssembling = false;
            listener.onFrame(this, whole, 0, length);
        }
    }

    private void append(DirectBuffer buffer, int offset, int fragmentLength) {
        int needed = length + fragmentLength;
        if (bytes == null || bytes.length < needed) {
            byte[] grown =
                new byte[Math.min(Frames.LENGTH_MAX, Math.max(LENGTH_INITIAL, Integer.highestOneBit(needed) << 1))];
            if (bytes != null) {
                System.arraycopy(bytes, 0, grown, 0, length);
            }
            bytes = grown;
            whole.wrap(bytes);
        }
        buffer.getBytes(offset, bytes, length, fragmentLength);
        length = needed;
    }

    /** The address of "host:port"; an IPv6 address keeps its brackets, as channels want it. */
    static String hostOf(String sourceIdentity) {
        int colon = sourceIdentity.lastIndexOf(':');
        return colon < 0 ? sourceIdentity : sourceIdentity.substring(0, colon);
    }
}
