package dev.baton.transport.session;

/** Told about sessions, inside {@link ControlPlane#poll}, on its thread. */
public interface SessionListener {
    void onSessionOpened(Session session);

    /** Told once for each session that was opened; nothing of it arrives after. */
    void onSessionClosed(Session session, EndReason reason);

    /**
     * A dial got no session: its deadline passed, or the peer refused; told once a spell. A kept peering goes on
     * trying.
     */
    default void onDialFailed(Peering peering, EndReason reason, String detail) {}
}
