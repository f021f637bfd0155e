package dev.baton.buffer.tier;

/**
 * A tier at one moment. Counts run from the store's start.
 *
 * @param blocks          that can be found
 * @param blockBytes      their payload
 * @param spaceBytes      what the tier takes of its devices, of {@code spaceBytesMax}
 * @param scannedPermille of what an earlier process left, indexed: 1,000 when done
 * @param circuit         of the worst device
 * @param loadsUnderWay   begun and not yet released; {@code storesUnderWay} likewise
 * @param blocksEvicted   that made room
 * @param blocksExpired   that went for they were too old, as far as this process saw them; not among those evicted
 * @param ttlMs           how long a block is kept; 0 for as long as there is room
 */
public record BlockStoreStats(long blocks, long blockBytes, long spaceBytes, long spaceBytesMax, int scannedPermille,
    CircuitState circuit, int loadsUnderWay, int storesUnderWay, long hits, long misses, long corrupt, long failed,
    long late, long stored, long storedBytes, long loadedBytes, long storesFailed, long backPressured, long readAheadHits,
    long filesRemoved, long blocksEvicted, long blocksMoved, long quarantined, long circuitOpened, long blocksExpired, long ttlMs) {
    /** The same, where so many of the hits could not be decoded. */
    public BlockStoreStats withDamaged(long damaged) {
        return new BlockStoreStats(blocks, blockBytes, spaceBytes, spaceBytesMax, scannedPermille, circuit, loadsUnderWay, storesUnderWay,
            hits - damaged, misses, corrupt + damaged, failed, late, stored, storedBytes, loadedBytes, storesFailed, backPressured,
            readAheadHits, filesRemoved, blocksEvicted, blocksMoved, quarantined, circuitOpened, blocksExpired, ttlMs);
    }
}
