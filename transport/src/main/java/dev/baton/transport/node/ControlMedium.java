package dev.baton.transport.node;

/** What carries control messages between hubs: Aeron, or queues in one process. Owned by the control agent's thread. */
public interface ControlMedium extends AutoCloseable {
    int localPort();

    /** Starts to open a path; never blocks. */
    ControlPath open(String host, int port);

    /** Hands over at most about {@code limit} fragments. Returns a work count. */
    int poll(FrameListener listener, int limit);

    @Override
    void close();
}
