package dev.baton.transport.node;

/** One incoming path, from its first message to its end; told apart by identity. */
class FrameSource {
    private final String host;

    FrameSource(String host) {
        this.host = host;
    }

    /** Where its packets come from. */
    final String host() {
        return host;
    }
}
