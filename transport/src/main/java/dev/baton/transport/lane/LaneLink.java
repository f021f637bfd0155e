package dev.baton.transport.lane;

import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;

/**
 * What all links have alike: whose lane they are, when they are connected, and their one end, whose first reason stays.
 * Owned by the link's thread.
 */
public abstract class LaneLink implements Link {
    protected final LinkContext context;
    private final ClosedReason end = new ClosedReason();
    private boolean wasConnected;

    protected LaneLink(LinkContext context) {
        this.context = context;
    }

    @Override
    public final int lane() {
        return context.lane();
    }

    @Override
    public final boolean isConnected() {
        return wasConnected && !end.isClosed();
    }

    @Override
    public final boolean isClosed() {
        return end.isClosed();
    }

    @Override
    public final String whyClosed() {
        return end.why();
    }

    @Override
    public void close() {
        end("closed by this side");
    }

    /** From here on it is usable, until it ends. */
    protected final void connected() {
        wasConnected = true;
    }

    /** Whether it ever was usable; stays so when it ends. */
    protected final boolean wasConnected() {
        return wasConnected;
    }

    /** Ends this link for good, if it has not ended: keeps the reason with the lane's facts, and lets go of what it has. */
    protected final void end(String reason) {
        if (isClosed()) {
            return;
        }
        end.closed(reason + ": host=" + context.host() + " port=" + context.port() + " sessionId=" + context.sessionId() +
            " lane=" + context.lane());
        release();
    }

    /** What a write or a mark gives that cannot be, since this link is not connected. */
    protected final long unusable() {
        return isClosed() ? CLOSED : NOT_CONNECTED;
    }

    /** Lets go of everything; called once. */
    protected abstract void release();
}
