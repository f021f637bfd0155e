package dev.baton.transport.lane;

import dev.baton.memory.Copier;
import dev.baton.transport.InletContext;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Lands frames that each lie whole in memory, one message a frame: straight from there to their final place, with the
 * CRC on the way and no buffer between. Owned by its inlet's thread; allocates nothing. A bad frame costs itself only,
 * since the next message begins where it begins; a lane that opens wrongly is closed.
 */
public final class FrameLander {
    private final LaneFrameAdapter adapter;
    private final LaneSessions sessions;
    private final int lane;
    private final LandingListener listener;
    private final Copier copier;
    private final Placement placement = new Placement();
    private final LaneMark mark = new LaneMark();
    /** Where bytes are decrypted to: none goes to its place before its tag was right. Empty where nothing is sealed. */
    private final UnsafeBuffer opened;

    public FrameLander(InletContext context, LaneSessions sessions, int frameLengthMax, Copier copier) {
        this.adapter = new LaneFrameAdapter(frameLengthMax, sessions.isSealed());
        this.opened = new UnsafeBuffer(ByteBuffer.allocateDirect(sessions.isSealed() ? frameLengthMax : 0));
        this.sessions = sessions;
        this.lane = context.lane();
        this.listener = context.listener();
        this.copier = copier;
    }

    /**
     * Lands one message of an incoming lane.
     *
     * @param buffer outside the heap, so that its bytes have an address
     * @return false if the lane must be closed; the listener knows why
     */
    public boolean onMessage(InboundLane from, DirectBuffer buffer, int offset, int lengthBytes) {
        if (from.isClosed()) {
            return true;
        }
        int kind = adapter.kind(buffer, offset, lengthBytes);
        if (kind == LaneFrameAdapter.UNKNOWN || (kind > 0 && lengthBytes < adapter.headerBytes(kind))) {
            return bad(from, "short");
        }
        if (kind == LaneFrameAdapter.REFUSED) {
            return bad(from, adapter.whyRefused());
        }
        if (kind == LaneFrameAdapter.OPEN) {
            return onOpen(from, buffer, offset, lengthBytes);
        }
        if (!from.isOpen()) {
            return bad(from, "not-open");
        }
        if (kind == LaneFrameAdapter.MARK) {
            return onMark(from, buffer, offset, lengthBytes);
        }
        return onData(from, buffer, offset, lengthBytes);
    }

    private boolean onOpen(InboundLane from, DirectBuffer buffer, int offset, int lengthBytes) {
        if (from.isOpen()) {
            return bad(from, "opened-twice");
        }
        adapter.readOpen(buffer, offset);
        String whyNot = lengthBytes != adapter.headerBytes(LaneFrameAdapter.OPEN) ? "length"
            : adapter.openLane() != lane ? "lane"
            : sessions.openOrWhyNot(from, adapter, buffer, offset);
        return whyNot == null || bad(from, whyNot);
    }

    private boolean onMark(InboundLane from, DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes != adapter.headerBytes(LaneFrameAdapter.MARK)) {
            return bad(from, "length");
        }
        String whyNot = from.unsealOrWhyNot(buffer, offset, LaneFrameProxy.MARK_BYTES, 0, 0, 0);
        if (whyNot != null) {
            return bad(from, whyNot);
        }
        if (!adapter.readMark(buffer, offset, from.sessionId(), lane, mark)) {
            return bad(from, adapter.whyRefused());
        }
        listener.onMark(mark);
        return true;
    }

    private boolean onData(InboundLane from, DirectBuffer buffer, int offset, int lengthBytes) {
        if (!adapter.readData(buffer, offset, from.sessionId(), placement)) {
            return bad(from, adapter.whyRefused());
        }
        int headerBytes = adapter.headerBytes(LaneFrameAdapter.DATA);
        int payloadBytes = lengthBytes - headerBytes;
        if (placement.lengthBytes() != payloadBytes) {
            return bad(from, "length");
        }
        long source = buffer.addressOffset() + offset + headerBytes;
        if (sessions.isSealed()) {
            String whyNot = from.unsealOrWhyNot(buffer, offset, LaneFrameProxy.DATA_HEADER_BYTES, source,
                opened.addressOffset(), payloadBytes);
            if (whyNot != null) {
                return bad(from, whyNot);
            }
            source = opened.addressOffset();
        }
        if (listener.admit(placement)) {
            placement.crc(copier.copyWithCrc(source, placement.address(), payloadBytes, placement.crc()));
            placement.doneBytes(payloadBytes);
            listener.onLanded(placement, payloadBytes);
        }
        return true;
    }

    /** On a lane that is open a bad frame is dropped alone; before that there is nothing to go on with. */
    private boolean bad(InboundLane from, String reason) {
        boolean isFatal = !from.isOpen();
        if (isFatal) {
            from.close();
        }
        listener.onBadFrame(from.sessionId(), lane, reason, isFatal);
        return !isFatal;
    }
}
