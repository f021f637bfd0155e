package dev.baton.transport.node;

import org.agrona.DirectBuffer;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;

/** One dialled address and how far it has come. Belongs to the control agent's thread. */
final class Dial implements Peering {
    static final long FOR_EVER = Long.MAX_VALUE;

    ControlPath path;
    PeerSession session;
    /** The session before, 0 if there was none, and the process it led to. */
    long lastSessionId;
    long lastIncarnation;
    long correlation;
    /** The Hello of this try as it is said, and the bytes of it that are proved; null until the first. */
    DirectBuffer hello;
    byte[] helloProved;
    long helloDrained;
    long withinNs;
    long deadlineNs;
    long retryNs;
    long nextHelloNs;
    long attemptNs;
    int attempts;
    boolean isStarted;
    boolean isTold;
    boolean isDone;
    EndReason whyReason = EndReason.NONE;
    private final String host;
    private final int port;
    private String whyNot = "";

    Dial(String host, int port, long withinNs) {
        this.host = host;
        this.port = port;
        this.withinNs = withinNs;
    }

    boolean isKept() {
        return withinNs == FOR_EVER;
    }

    boolean isTo(String otherHost, int otherPort) {
        return port == otherPort && host.equals(otherHost);
    }

    void failed(EndReason reason, String facts) {
        whyReason = reason;
        whyNot = facts + " host=" + host + " port=" + port;
    }

    void closePath() {
        if (path != null) {
            path.close();
            path = null;
            hello = null;
        }
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Session session() {
        return session != null && session.areListenersTold && session.isOpen() ? session : null;
    }

    @Override
    public String whyNot() {
        return whyNot;
    }

    @Override
    public boolean isDone() {
        boolean isOpening = session != null && session.isOpen() && !session.areListenersTold;
        return isDone && !isOpening;
    }

    @Override
    public void close() {
        isDone = true;
        closePath();
    }
}
