package dev.baton.transport.session;

/** One dialled address. Belongs to the control agent's thread. */
public interface Peering extends AutoCloseable {
    String host();

    int port();

    /** The session this peering leads to now, open at both ends; null while there is none. */
    Session session();

    /** Why there is no session: the last refusal or failure, with facts; empty if nothing went wrong yet. */
    String whyNot();

    /** Empty while there is a session, else why there is none yet. */
    default String whyNotConnected() {
        boolean isConnected = session() != null && session().isOpen();
        return isConnected ? "" : "not connected: peer=" + host() + ":" + port() + (whyNot().isEmpty() ? " no answer yet" : " " + whyNot());
    }

    /** Will not be tried again: it had its one session, was refused, its deadline passed, or it was closed. */
    boolean isDone();

    /** Stops dialling. An open session lives on. */
    @Override
    void close();
}
