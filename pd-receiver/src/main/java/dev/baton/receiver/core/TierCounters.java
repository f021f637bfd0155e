package dev.baton.receiver.core;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import dev.baton.buffer.tier.BlockStoreStats;

/** What the control agent did with the tier below the pool. Its thread writes; any thread reads. */
public final class TierCounters {
    private final AtomicLong promotions = new AtomicLong();
    private final AtomicLong promotionsLate = new AtomicLong();
    private final AtomicLong promotionsNoRoom = new AtomicLong();
    private final AtomicLong blocksLoaded = new AtomicLong();
    private final AtomicLong blocksLost = new AtomicLong();
    private final AtomicLong blocksStored = new AtomicLong();
    private final AtomicLong blocksPresent = new AtomicLong();
    private final AtomicLong blocksDropped = new AtomicLong();
    private final AtomicLong blocksWaiting = new AtomicLong();
    private final AtomicLong prefetched = new AtomicLong();
    private final AtomicLong prefetchedUsed = new AtomicLong();
    private final AtomicLong prefetchedWasted = new AtomicLong();
    private final AtomicLong extentsLate = new AtomicLong();
    private final int tierCount;
    private volatile List<BlockStoreStats> stores = List.of();

    TierCounters(int tierCount) {
        this.tierCount = tierCount;
    }

    /** Stores below the pool, nearest first. */
    public int tierCount() {
        return tierCount;
    }

    /** Requests that waited for blocks of the tier. */
    public long promotions() {
        return promotions.get();
    }

    /** Those of them for which not all came in time. */
    public long promotionsLate() {
        return promotionsLate.get();
    }

    /**
     * Requests and prefetches that ended before a block that lies below, since nothing was free or idle for it, or it is larger than
     * what they may load.
     */
    public long promotionsNoRoom() {
        return promotionsNoRoom.get();
    }

    /** Whole blocks that came up, and were found in the pool from then on. */
    public long blocksLoaded() {
        return blocksLoaded.get();
    }

    /** Blocks that seemed to be there, and of which not all was. */
    public long blocksLost() {
        return blocksLost.get();
    }

    /** Whole blocks that came up before anybody reserved, {@link #blocksLoaded} among them. */
    public long prefetched() {
        return prefetched.get();
    }

    /** Those that a grant held; each once. */
    public long prefetchedUsed() {
        return prefetchedUsed.get();
    }

    /** Those that were gone from the pool before a grant held them. */
    public long prefetchedWasted() {
        return prefetchedWasted.get();
    }

    public long blocksStored() {
        return blocksStored.get();
    }

    /** Blocks that were there already. */
    public long blocksPresent() {
        return blocksPresent.get();
    }

    /** Blocks that were not stored: evicted before their turn, scattered in memory, refused, or failed. */
    public long blocksDropped() {
        return blocksDropped.get();
    }

    /** Blocks that wait for their way down now, or are on it. */
    public long blocksWaiting() {
        return blocksWaiting.get();
    }

    /** Extents that are nobody's to use now, for I/O of a load that was given up goes on. */
    public long extentsLate() {
        return extentsLate.get();
    }

    /** The nearest tier itself, about a second ago; null before its first cycle. */
    public BlockStoreStats storeOrNull() {
        return storeOrNull(0);
    }

    /** The same of any of them; 0 is the nearest. */
    public BlockStoreStats storeOrNull(int tier) {
        List<BlockStoreStats> all = stores;
        return tier < all.size() ? all.get(tier) : null;
    }

    void promoted(boolean isLate) {
        bump(promotions, 1);
        bump(promotionsLate, isLate ? 1 : 0);
    }

    void noRoom() {
        bump(promotionsNoRoom, 1);
    }

    void loaded(int blocks, int lost) {
        bump(blocksLoaded, blocks);
        bump(blocksLost, lost);
    }

    void prefetched(int blocks) {
        bump(prefetched, blocks);
    }

    void prefetchUsed() {
        bump(prefetchedUsed, 1);
    }

    void prefetchWasted() {
        bump(prefetchedWasted, 1);
    }

    void stored(boolean isNew) {
        bump(isNew ? blocksStored : blocksPresent, 1);
    }

    void dropped() {
        bump(blocksDropped, 1);
    }

    void waiting(long blocks) {
        bump(blocksWaiting, blocks);
    }

    void late(long extents) {
        bump(extentsLate, extents);
    }

    void stores(List<BlockStoreStats> value) {
        stores = value;
    }

    private static void bump(AtomicLong counter, long amount) {
        counter.setRelease(counter.getPlain() + amount);
    }
}
