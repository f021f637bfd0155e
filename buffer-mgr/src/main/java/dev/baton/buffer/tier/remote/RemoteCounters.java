package dev.baton.buffer.tier.remote;

/** What a remote tier did since its start. The store's thread writes and reads. */
final class RemoteCounters {
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
}
