package dev.baton.buffer.tier.disk;

/** What a disk tier did since its start. The store's thread writes and reads. */
final class DiskCounters {
    long hits;
    long misses;
    long corrupt;
    long failed;
    long late;
    long stored;
    long storedBytes;
    long loadedBytes;
    long storesFailed;
    long backPressured;
    long filesRemoved;
    long blocksEvicted;
    long blocksMoved;
    long quarantined;
    long readAheadHits;
}
