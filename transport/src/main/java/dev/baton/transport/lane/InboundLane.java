package dev.baton.transport.lane;

import org.agrona.DirectBuffer;

/** Where one incoming lane stands: not yet opened, open for one session, or closed. Owned by its inlet's thread. */
public final class InboundLane {
    private long sessionId;
    private boolean isOpen;
    private boolean isClosed;
    private LaneOpener opener;

    /** 0 until it is open. */
    public long sessionId() {
        return sessionId;
    }

    public boolean isOpen() {
        return isOpen;
    }

    public boolean isClosed() {
        return isClosed;
    }

    public void open(long sessionId) {
        this.sessionId = sessionId;
        isOpen = true;
    }

    /** Opens it for frames sealed for this opener, which ends with the lane. */
    void open(long ofSession, LaneOpener withOpener) {
        opener = withOpener;
        open(ofSession);
    }

    /** As {@link LaneOpener#openOrWhyNot}; null on a lane in the clear, where there is nothing to find wrong. */
    public String unsealOrWhyNot(DirectBuffer buffer, int offset, int headerBytes, long source, long target,
        int lengthBytes) {
        return opener == null ? null
            : opener.openOrWhyNot(buffer, offset, headerBytes, source, target, lengthBytes);
    }

    public void close() {
        isOpen = false;
        isClosed = true;
        if (opener != null) {
            opener.close();
        }
    }
}
