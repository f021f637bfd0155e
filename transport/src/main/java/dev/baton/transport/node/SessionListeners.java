package dev.baton.transport.node;

import java.util.ArrayList;
import java.util.List;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.SessionListener;

/** Who hears of sessions, each once of its beginning and, if of that, once of its end. Control agent's thread. */
final class SessionListeners {
    private final List<SessionListener> listeners = new ArrayList<>();

    void add(SessionListener listener) {
        listeners.add(listener);
    }

    /** Both ends have it open; told again: no effect. */
    void opened(PeerSession session) {
        if (!session.areListenersTold) {
            session.areListenersTold = true;
            for (int i = 0; i < listeners.size(); i++) {
                listeners.get(i).onSessionOpened(session);
            }
        }
    }

    void closed(PeerSession session) {
        if (session.areListenersTold) {
            for (SessionListener listener : listeners) {
                listener.onSessionClosed(session, session.endReason());
            }
        }
    }

    void dialFailed(Dial dial, EndReason reason, String detail) {
        for (SessionListener listener : listeners) {
            listener.onDialFailed(dial, reason, detail);
        }
    }
}
