package dev.baton.transport.lane;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.LandingListener;

/** The sessions that may open a lane at one inlet, each with the token it must show. Owned by the inlet's thread. */
public final class LaneSessions {
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    private final LandingListener listener;

    public LaneSessions(LandingListener listener) {
        this.listener = listener;
    }

    /** One session's right to one lane here. */
    private static final class Session {
        private final long tokenHigh;
        private final long tokenLow;
        private boolean isTaken;

        Session(long tokenHigh, long tokenLow) {
            this.tokenHigh = tokenHigh;
            this.tokenLow = tokenLow;
        }
    }

    /**
     * Lets a session open its lane, once, with this token.
     * @throws IllegalStateException if the session is open already
     */
    public void open(long sessionId, long tokenHigh, long tokenLow) {
        if (sessions.containsKey(sessionId)) {
            throw new IllegalStateException("session's lane is open already: sessionId=" + sessionId);
        }
        sessions.put(sessionId, new Session(tokenHigh, tokenLow));
    }

    /** Whether it was open. */
    public boolean close(long sessionId) {
        return sessions.remove(sessionId) != null;
    }

    public boolean isOpen(long sessionId) {
        return sessions.containsKey(sessionId);
    }

    /**
     * Takes the session's one lane, if the token is right and no lane has it yet.
     *
     * @return null, or why not: one word, fit for a counter's tag
     */
    public String takeOrWhyNot(long sessionId, long tokenHigh, long tokenLow) {
        Session session = sessions.get(sessionId);
        if (session == null) {
            listener.onUnknownSession(sessionId);
            session = sessions.get(sessionId);
        }
        if (session == null) {
            return "session";
        }
        // One comparison of all 128 bits: how long it takes tells nothing about where a guess went wrong.
        if (((session.tokenHigh ^ tokenHigh) | (session.tokenLow ^ tokenLow)) != 0) {
            return "token";
        }
        if (session.isTaken) {
            return "opened-twice";
        }
        session.isTaken = true;
        return null;
    }
}
