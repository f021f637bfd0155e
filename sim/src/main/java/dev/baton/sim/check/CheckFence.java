package dev.baton.sim.check;

import dev.baton.transport.WriterFence;

/** The locks of a run's senders: held from the session's start until its process is gone or gives it up. */
final class CheckFence implements WriterFence {
    private long goneThrough;
    private long drainedThrough;

    /** No write of sessions up to this one will come: their process is gone, or they gave their locks up. */
    void gone(long sessionId) {
        goneThrough = sessionId;
    }

    /** A HELLO said so. */
    void drained(long sessionId) {
        drainedThrough = sessionId;
    }

    boolean isProved(long sessionId) {
        return sessionId <= Math.max(goneThrough, drainedThrough);
    }

    @Override
    public boolean isGone(long sessionId) {
        return sessionId <= goneThrough;
    }

    @Override
    public boolean isHeld(long sessionId) {
        return sessionId > goneThrough;
    }

    @Override
    public void watch(long sessionId) {}

    @Override
    public void forget(long sessionId) {}

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        return true;
    }

    @Override
    public void release(long sessionId) {}
}
