package dev.baton.transport.lane;

/** Where one incoming lane stands: not yet opened, open for one session, or closed. Owned by its inlet's thread. */
public final class InboundLane {
    private long sessionId;
    private boolean isOpen;
    private boolean isClosed;

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

    public void close() {
        isOpen = false;
        isClosed = true;
    }
}
