package dev.baton.transport.node;

/** One incoming path, from its first message to its end; told apart by identity. */
public class FrameSource {
    private final String host;
    private int sessionCount;

    /** @param host where its packets come from */
    public FrameSource(String host) {
        this.host = host;
    }

    public final String host() {
        return host;
    }

    /** Whether a session, if only a pending one, has its messages from here. Control agent's thread. */
    public final boolean isOfSession() {
        return sessionCount > 0;
    }

    final void joined() {
        sessionCount++;
    }

    final void left() {
        sessionCount--;
    }
}
