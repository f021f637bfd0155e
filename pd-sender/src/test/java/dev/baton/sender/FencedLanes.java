package dev.baton.sender;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.WriterFence;

/** Lanes as they are, and the sending end of a fence of their own, which holds whatever it is asked to; tests look on. */
public class FencedLanes implements Transport, WriterFence {
    private final Transport lanes;

    public FencedLanes(Transport lanes) {
        this.lanes = lanes;
    }

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
    public boolean hold(long peerIncarnation, long sessionId) {
        return true;
    }

    @Override
    public void release(long sessionId) {}

    @Override
    public void watch(long sessionId) {
        throw new IllegalStateException("a sender watches nothing: sessionId=" + sessionId);
    }

    @Override
    public boolean isHeld(long sessionId) {
        return false;
    }

    @Override
    public boolean isGone(long sessionId) {
        return false;
    }

    @Override
    public void forget(long sessionId) {
        throw new IllegalStateException("a sender watches nothing: sessionId=" + sessionId);
    }

    @Override
    public void close() {
        lanes.close();
    }
}
