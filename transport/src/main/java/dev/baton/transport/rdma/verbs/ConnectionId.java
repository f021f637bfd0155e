package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** One end of a connection in the making, alive or ended; or a listener. Owned by its channel's thread. */
public interface ConnectionId {
    /** Listens on a numeric address; port 0 is one of the system's choice. */
    void listen(String host, int port, int backlog) throws IOException;

    /** The port that this listens on, or connects from. */
    int port() throws IOException;

    /** Starts to find the device and the way to a numeric address; {@code ADDRESS_RESOLVED} follows, or an error. */
    void resolveAddress(String host, int port, int timeoutMs) throws IOException;

    /** Behind {@code ADDRESS_RESOLVED}; {@code ROUTE_RESOLVED} follows, or an error. */
    void resolveRoute(int timeoutMs) throws IOException;

    /** Makes packets count as lost after 4.096 us * 2^exponent without an answer; before it connects or accepts. */
    void ackTimeout(int exponent) throws IOException;

    /** The device that it was bound to or resolved to. */
    Device device() throws IOException;

    /**
     * Makes the queue pair, whose receives and sends complete in one queue.
     * @param inlineBytes most bytes of a write that is copied as it is posted
     */
    QueuePair createQueuePair(CompletionQueue queue, int sendsMax, int receivesMax, int inlineBytes) throws IOException;

    /** Behind {@code ROUTE_RESOLVED}. */
    void connect(int retries, byte[] privateData) throws IOException;

    /** Answers a {@code CONNECT_REQUEST}. */
    void accept(int retries, byte[] privateData) throws IOException;

    /** Answers a {@code CONNECT_REQUEST}. */
    void reject(byte[] privateData) throws IOException;

    /** Breaks the connection; both ends hear {@code DISCONNECTED}. */
    void disconnect() throws IOException;

    /** From its return on nothing of the peer's reaches memory through this connection. Throws if it is not gone. */
    void destroyQueuePair() throws IOException;

    /** Gives it back; its queue pair must be destroyed before. */
    void destroy() throws IOException;
}
