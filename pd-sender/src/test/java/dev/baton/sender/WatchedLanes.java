package dev.baton.sender;

import java.util.function.BooleanSupplier;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.WriterFence;

/** Lanes as they are, of a receiver whose life can be seen, as on one host. */
record WatchedLanes(Transport lanes, BooleanSupplier isReceiverGone) implements Transport, WriterFence {
    @Override
    public String scheme() {
        return lanes.scheme();
    }

    @Override
    public boolean isOneSided() {
        return lanes.isOneSided();
    }

    @Override
    public Inlet openInlet(InletContext context) {
        return lanes.openInlet(context);
    }

    @Override
    public Link openLink(LinkContext context) {
        return lanes.openLink(context);
    }

    @Override
    public WriterFence fence() {
        return this;
    }

    @Override
    public boolean isPeerGone(long sessionId) {
        return isReceiverGone.getAsBoolean();
    }

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        return true;
    }

    @Override
    public void release(long sessionId) {}

    @Override
    public void watch(long sessionId) {}

    @Override
    public boolean isHeld(long sessionId) {
        return false;
    }

    @Override
    public boolean isGone(long sessionId) {
        return false;
    }

    @Override
    public void forget(long sessionId) {}

    @Override
    public void close() {
        lanes.close();
    }
}
