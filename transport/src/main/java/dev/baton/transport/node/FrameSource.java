package dev.baton.transport.node;

/** One incoming path, from its first message to its end; told apart by identity. */
public class FrameSource {
    private final String host;

    /** @param host where its packets come from */
    public FrameSource(String host) {
        this.host = host;
    }

    public final String host() {
        return host;
    }
}
