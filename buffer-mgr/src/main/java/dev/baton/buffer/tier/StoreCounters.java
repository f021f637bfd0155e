package dev.baton.buffer.tier;

/** What a store did since its start. The store's thread writes and reads. */
public class StoreCounters {
    public long hits;
    public long misses;
    public long corrupt;
    public long failed;
    public long late;
    public long stored;
    public long storedBytes;
    public long loadedBytes;
    public long storesFailed;
    public long backPressured;
    /** Blocks that were older than the store keeps them. */
    public long expired;
}
