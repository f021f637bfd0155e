package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.StoreCounters;

/** What a disk tier did since its start, beside what any store does. The store's thread writes and reads. */
final class DiskCounters extends StoreCounters {
    long filesRemoved;
    long blocksEvicted;
    long blocksMoved;
    long quarantined;
    long readAheadHits;
}
