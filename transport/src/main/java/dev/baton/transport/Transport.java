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

    /** True where one-sided writes reach memory that was registered, and not a file that both ends map. */
    default boolean isRegistering() {
        return false;
    }

    /** True where lanes carry nothing but sealed frames, encrypted under keys of the session. */
    default boolean isEncrypting() {
        return false;
    }

    /** Tells where a slab of this process lies that peers may be given addresses in; it stays until this is closed. */
    default void register(RemoteSlab slab, long address) {}

    /**
     * Tells of memory of this process that writes will often come from, so that a card may read it in place; it stays until
     * this is closed.
     */
    default void registerSource(long address, long lengthBytes) {}

    /**
     * Does what takes long, once all memory was told of and before the first lane: a card takes a second for some
     * gigabytes, in which an agent that opens a lane would stand still.
     */
    default void prepare() {}

    /** Opens the receiving end of one lane index. */
    Inlet openInlet(InletContext context);

    /**
     * Starts to open a lane to a peer; {@link Link#isConnected()} says when it is there. Never blocks on the network.
     */
    Link openLink(LinkContext context);

    /** How the receiving end knows that a sender can write no more; {@link WriterFence#NONE} where it asks each time. */
    default WriterFence fence() {
        return WriterFence.NONE;
    }

    @Override
    void close();
}
