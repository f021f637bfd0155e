package dev.baton.sender.data;

import java.util.Map;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.Transport;
import dev.baton.transport.WriterFence;

/**
 * Which sessions this process may still write to. A session that opened lanes is undrained until it was closed and each
 * data agent has said that it is quiet there; only then is its {@link WriterFence} released and does HELLO cover it.
 * Control agent's thread.
 */
public final class SessionDrains {
    static final long NONE = 0;
    /** A session's id is 40 bits of who minted it and a counter of 24: only ids of one minter are in order. */
    private static final long MINTER_MASK = -1L << 24;

    private final int agentCount;
    private final Map<String, Transport> transports;
    private final Long2ObjectHashMap<Undrained> undrainedById = new Long2ObjectHashMap<>();

    /** One session that has lanes, or had. */
    private static final class Undrained {
        private final long peerIncarnation;
        private final long sessionId;
        private final WriterFence fence;
        private int quietCount;
        private boolean isPeerGone;

        Undrained(long peerIncarnation, long sessionId, WriterFence fence) {
            this.peerIncarnation = peerIncarnation;
            this.sessionId = sessionId;
            this.fence = fence;
        }
    }

    SessionDrains(int agentCount, Map<String, Transport> transports) {
        this.agentCount = agentCount;
        this.transports = transports;
    }

    /** Lanes are about to open. False where the peer could not know when writing ends; then none may. */
    boolean open(String scheme, long peerIncarnation, long sessionId) {
        WriterFence fence = transports.get(scheme).fence();
        if (!fence.hold(peerIncarnation, sessionId)) {
            return false;
        }
        undrainedById.put(sessionId, new Undrained(peerIncarnation, sessionId, fence));
        return true;
    }

    /** A session whose receiving process has died, each once; {@link #NONE} where every one lives, or may live. */
    long nextGone() {
        for (Undrained session : undrainedById.values()) {
            if (!session.isPeerGone && session.fence.isPeerGone(session.sessionId)) {
                session.isPeerGone = true;
                return session.sessionId;
            }
        }
        return NONE;
    }

    /** One agent writes nothing of it any more. */
    void quiet(long sessionId) {
        Undrained session = undrainedById.get(sessionId);
        if (session != null && ++session.quietCount == agentCount) {
            undrainedById.remove(sessionId);
            session.fence.release(sessionId);
        }
    }

    /**
     * The highest session with that peer, of the same minter and no higher than this one, up to which no copy runs or
     * is queued.
     *
     * @param lastSessionId the last session with it
     */
    public long drainedThrough(long peerIncarnation, long lastSessionId) {
        long through = lastSessionId;
        for (Undrained session : undrainedById.values()) {
            if (session.peerIncarnation == peerIncarnation && session.sessionId <= through
                && (session.sessionId & MINTER_MASK) == (lastSessionId & MINTER_MASK)) {
                through = session.sessionId - 1;
            }
        }
        return through;
    }
}
