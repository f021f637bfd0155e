package dev.baton.receiver;

import java.util.HashSet;
import java.util.Set;

import dev.baton.transport.WriterFence;

/** Locks of sessions as the test says: held by every sender unless it says otherwise. */
final class ScriptedFence implements WriterFence {
    final Set<Long> watched = new HashSet<>();
    final Set<Long> goneProcesses = new HashSet<>();
    boolean isHeld = true;
    boolean isWordProof = true;
    /** As with cards: sessions that are closed here are gone. */
    boolean isEndedHere;
    private final Set<Long> seenHeld = new HashSet<>();

    @Override
    public void watch(long sessionId) {
        watched.add(sessionId);
    }

    @Override
    public boolean isHeld(long sessionId) {
        return isHeld && watched.contains(sessionId) && (seenHeld.add(sessionId) || seenHeld.contains(sessionId));
    }

    @Override
    public boolean isGone(long sessionId) {
        return !isHeld && watched.contains(sessionId) && seenHeld.contains(sessionId);
    }

    @Override
    public boolean isWordProof(long sessionId) {
        return isWordProof;
    }

    @Override
    public boolean isEndedHere(long sessionId) {
        return isEndedHere;
    }

    @Override
    public boolean isProcessGone(long incarnation) {
        return goneProcesses.contains(incarnation);
    }

    @Override
    public void forget(long sessionId) {
        watched.remove(sessionId);
    }

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        throw new IllegalStateException("a receiver holds nothing: sessionId=" + sessionId);
    }

    @Override
    public void release(long sessionId) {
        throw new IllegalStateException("a receiver holds nothing: sessionId=" + sessionId);
    }
}
