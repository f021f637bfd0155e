package dev.baton.transport;

/**
 * The receiving end of one lane index of one transport, for all sessions: polled by the data agent that owns it, and
 * only by it (every method). Made by {@link Transport#openInlet}.
 */
public interface Inlet extends AutoCloseable {
    String scheme();

    int lane();

    /** The port told to peers in the offer; 0 where the scheme has none. */
    int port();

    /** The numeric address told to peers in the offer; empty where that is where control comes in. */
    default String host() {
        return "";
    }

    /**
     * Accepts this session's lane from now on, if it opens with this token. Where what that takes cannot be had, the lane stays shut
     * and the scheme's {@link WriterFence} does not show its sender as holding anything from then on.
     */
    void openSession(long sessionId, long tokenHigh, long tokenLow);

    /**
     * Drops the session's lane: after this returns nothing of it lands and nothing of it is told any more. A listener
     * may call it from within {@link #poll}.
     */
    void closeSession(long sessionId);

    /**
     * Lands what has arrived.
     *
     * @param byteLimit about how many bytes to land at most before returning
     * @return a work count, 0 to rest
     */
    int poll(int byteLimit);

    @Override
    void close();
}
