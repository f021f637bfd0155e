package dev.baton.buffer.tier;

/** Told what became of calls on a {@link BlockStore}, on the thread that polls it. */
public interface BlockStoreListener {
    /** The store is over; the source memory is the caller's again. */
    void onStored(long tag, StoreResult result);

    /**
     * The lookup's answer.
     * @param lengthBytes of the block, or -1 where it is not known to be there
     */
    void onFound(long tag, long lengthBytes);

    /** The load's one answer. With {@link LoadResult#LATE}, the target still belongs to the store. */
    void onLoaded(long tag, LoadResult result, long lengthBytes);

    /** The load's I/O has returned: the target is the caller's again. Once for each load, never before its answer. */
    void onReleased(long tag);
}
