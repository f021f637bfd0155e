package dev.baton.buffer.tier.remote;

/** One kind of remote store at one address. Safe from any thread. Making it connects to nothing. */
public interface RemoteClient extends AutoCloseable {
    /**
     * A way to the store for one thread; connects when it is first used. Each thread of a tier has its own, so that no
     * operation waits behind another's bytes.
     */
    RemoteConnection connection();

    /** Names that one lookup should ask for at most. */
    int lookupBatchMax();

    /** The longest payload of an object, in bytes. */
    long payloadBytesMax();

    /** Where it is, for people; no secrets. */
    String describe();

    /** Ends all connections, also those in use: what waits on them fails. */
    @Override
    void close();
}
