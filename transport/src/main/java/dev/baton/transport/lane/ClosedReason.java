package dev.baton.transport.lane;

import dev.baton.transport.Link;

/** Why a link ended, kept once: the first reason stays. Owned by the link's thread. */
public final class ClosedReason {
    private String why = "";

    public boolean isClosed() {
        return !why.isEmpty();
    }

    /** Facts about the end, or an empty string before it. */
    public String why() {
        return why;
    }

    /** Keeps the reason if it is the first. Gives {@link Link#CLOSED}, for a write to return. */
    public long closed(String reason) {
        if (why.isEmpty()) {
            why = reason;
        }
        return Link.CLOSED;
    }
}
