package dev.baton.buffer.tier.remote;

/**
 * One thread's way to a remote store. An object is a head of {@link RemoteHead#LENGTH_BYTES} and a payload under a name of
 * letters and digits; it is found whole or not at all. Calls block, and end in {@link RemoteException} when nothing moved
 * for {@code timeoutNs}, where the store's protocol has a way to tell. After that the connection was {@link #reset()} and
 * the next call begins anew. No call touches the caller's memory once {@link BlockMemory} has ended.
 */
public interface RemoteConnection {
    /** There is no such object. */
    long ABSENT = -1;

    /**
     * Asks for several objects at once.
     * @param lengthsBytes gets the length of each payload, or {@link #ABSENT}
     * @param storedMs     gets when each was stored, in milliseconds since 1970; 0 where nothing tells
     */
    void find(String[] names, int count, long[] lengthsBytes, long[] storedMs, long timeoutNs) throws RemoteException;

    /** Writes an object, in place of the one of that name. */
    void put(String name, RemoteHead head, BlockMemory payload, long timeoutNs) throws RemoteException;

    /**
     * Reads an object. What was read is not checked here.
     * @param head gets its head
     * @return the payload's length, or {@link #ABSENT}; one that is longer than the target is not read
     */
    long get(String name, RemoteHead head, BlockMemory target, long timeoutNs) throws RemoteException;

    /** Removes an object, if it is there. */
    void remove(String name, long timeoutNs) throws RemoteException;

    /** Drops what is open. */
    void reset();
}
