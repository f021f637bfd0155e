package dev.baton.sim.check;

import dev.baton.transport.WriterFence;

/** The locks of sessions: held from the first lane until nothing of the session is under way, or its process is gone. */
final class CheckFence implements WriterFence {
    private static final int UNHELD = 0;
    private static final int HELD = 1;
    private static final int RELEASED = 2;

    private final int[] locks = new int[8];

    /** The highest session up to which nothing is under way, as the sender's next HELLO says. */
    long drainedThrough(long lastSessionId) {
        int first = 1;
        while (first <= PairWorld.number(lastSessionId) && locks[first] != HELD) {
            first++;
        }
        return PairWorld.sessionId(first - 1);
    }

    boolean isReleased(long sessionId) {
        return locks[PairWorld.number(sessionId)] == RELEASED;
    }

    @Override
    public boolean isGone(long sessionId) {
        return isReleased(sessionId);
    }

    @Override
    public boolean isHeld(long sessionId) {
        return locks[PairWorld.number(sessionId)] == HELD;
    }

    @Override
    public void watch(long sessionId) {}

    @Override
    public void forget(long sessionId) {}

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        locks[PairWorld.number(sessionId)] = HELD;
        return true;
    }

    @Override
    public void release(long sessionId) {
        locks[PairWorld.number(sessionId)] = RELEASED;
    }

    /** The process that held them is gone. */
    void releaseAll() {
        for (int i = 0; i < locks.length; i++) {
            locks[i] = locks[i] == UNHELD ? UNHELD : RELEASED;
        }
    }
}
