package dev.baton.transport.lane;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.LandingListener;
import dev.baton.transport.secret.LaneKeys;

/** The sessions that may open a lane at one inlet, each with the token it must show. Owned by the inlet's thread. */
public final class LaneSessions {
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    private final LandingListener listener;
    private final String scheme;
    private final boolean isSealed;

    /** Of an inlet whose lanes are in the clear. */
    public LaneSessions(LandingListener listener) {
        this(listener, "", false);
    }

    /** {@code isSealed}: lanes open by a seal that only the token's owner can make, under a key of this scheme. */
    public LaneSessions(LandingListener listener, String scheme, boolean isSealed) {
        this.listener = listener;
        this.scheme = scheme;
        this.isSealed = isSealed;
    }

    public boolean isSealed() {
        return isSealed;
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
     * Opens the session's one lane by the LaneOpen frame that {@code adapter} has read.
     *
     * @param offset of the frame, with what seals it, in {@code buffer}
     * @return null, or why not: one word, fit for a counter's tag
     */
    public String openOrWhyNot(InboundLane from, LaneFrameAdapter adapter, DirectBuffer buffer, int offset) {
        long sessionId = adapter.openSession();
        if (!isSealed) {
            String whyNot = takeOrWhyNot(sessionId, adapter.openTokenHigh(), adapter.openTokenLow());
            if (whyNot == null) {
                from.open(sessionId);
            }
            return whyNot;
        }
        Session session = session(sessionId);
        if (session == null) {
            return "session";
        }
        // Told twice is refused before anything is computed; a forger must not cost more than one who has the token.
        if (session.isTaken) {
            return "opened-twice";
        }
        LaneOpener opener = new LaneOpener(new LaneKeys(session.tokenHigh, session.tokenLow, adapter.openTokenHigh(),
            adapter.openTokenLow(), scheme, adapter.openLane()));
        if (opener.openOrWhyNot(buffer, offset, LaneFrameProxy.OPEN_BYTES, 0, 0, 0) != null) {
            opener.close();
            return "token";
        }
        session.isTaken = true;
        from.open(sessionId, opener);
        return null;
    }

    /**
     * Takes the session's one lane, if the token is right and no lane has it yet.
     *
     * @return null, or why not: one word, fit for a counter's tag
     */
    public String takeOrWhyNot(long sessionId, long tokenHigh, long tokenLow) {
        Session session = session(sessionId);
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

    /**
     * The session's lane may be opened once more, by who knows the token.
     *
     * @return false if there is no such session, or the token is another
     */
    public boolean giveBack(long sessionId, long tokenHigh, long tokenLow) {
        Session session = sessions.get(sessionId);
        boolean isRight = session != null && ((session.tokenHigh ^ tokenHigh) | (session.tokenLow ^ tokenLow)) == 0;
        if (isRight) {
            session.isTaken = false;
        }
        return isRight;
    }

    private Session session(long sessionId) {
        Session session = sessions.get(sessionId);
        if (session == null) {
            listener.onUnknownSession(sessionId);
            session = sessions.get(sessionId);
        }
        return session;
    }
}
