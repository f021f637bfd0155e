package dev.baton.transport;

/**
 * One way of moving bytes between two processes, opened once a process. Its methods may be called by any one thread at
 * a time.
 */
public interface Transport extends AutoCloseable {
    /** "shm", "tcp", "aeron", ... */
    String scheme();

    /** True where bytes land without the receiving process taking part. */
    boolean isOneSided();

    /** Opens the receiving end of one lane index. */
    Inlet openInlet(InletContext context);

    /**
     * Starts to open a lane to a peer; {@link Link#isConnected()} says when it is there. Never blocks on the network.
     */
    Link openLink(LinkContext context);

    @Override
    void close();
}
