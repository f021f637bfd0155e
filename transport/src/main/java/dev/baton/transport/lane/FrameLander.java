package dev.baton.transport.lane;

import dev.baton.memory.Copier;
import dev.baton.transport.InletContext;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import org.agrona.DirectBuffer;

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

    public FrameLander(InletContext context, LaneSessions sessions, int frameLengthMax, Copier copier) {
        this.adapter = new LaneFrameAdapter(frameLengthMax);
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
        if (kind == LaneFrameAdapter.UNKNOWN || (kind > 0 && lengthBytes < LaneFrameAdapter.headerBytes(kind))) {
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
        String whyNot = lengthBytes != LaneFrameProxy.OPEN_BYTES ? "length"
            : adapter.openLane() != lane ? "lane"
            : sessions.takeOrWhyNot(adapter.openSession(), adapter.openTokenHigh(), adapter.openTokenLow());
        if (whyNot != null) {
            return bad(from, whyNot);
        }
        from.open(adapter.openSession());
        return true;
    }

    private boolean onMark(InboundLane from, DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes != LaneFrameProxy.MARK_BYTES) {
            return bad(from, "length");
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
        int payloadBytes = lengthBytes - LaneFrameProxy.DATA_HEADER_BYTES;
        if (placement.lengthBytes() != payloadBytes) {
            return bad(from, "length");
        }
        if (listener.admit(placement)) {
            long source = buffer.addressOffset() + offset + LaneFrameProxy.DATA_HEADER_BYTES;
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
