package dev.baton.buffer.cache;

import java.util.concurrent.atomic.AtomicLong;

/** What went from a pool's cache, and why. The cache's owner writes; any thread reads. */
public final class PoolCacheCounters {
    private final AtomicLong units = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();
    private final AtomicLong evictedAsOldest = new AtomicLong();
    private final AtomicLong evictedOverShare = new AtomicLong();
    private final AtomicLong deadRuns = new AtomicLong();

    /** Units that can be found now. */
    public long units() {
        return units.getOpaque();
    }

    /** Units that went because the policy named them, or what they are behind. */
    public long evicted() {
        return evicted.getOpaque();
    }

    /** Units that went because their tenant had more than its share. */
    public long evictedOverShare() {
        return evictedOverShare.getOpaque();
    }

    /** Times that something went because it had been idle longest, for all that the policy named was held. */
    public long evictedAsOldest() {
        return evictedAsOldest.getOpaque();
    }

    /** Runs of extents that were taken before all else, for nothing in them could be found any more. */
    public long deadRuns() {
        return deadRuns.getOpaque();
    }

    void units(int change) {
        units.setOpaque(units.getPlain() + change);
    }

    void evictedOne() {
        evicted.setOpaque(evicted.getPlain() + 1);
    }

    void evictedOverShareOne() {
        evictedOverShare.setOpaque(evictedOverShare.getPlain() + 1);
    }

    void evictedAsOldestOne() {
        evictedAsOldest.setOpaque(evictedAsOldest.getPlain() + 1);
    }

    void deadRunOne() {
        deadRuns.setOpaque(deadRuns.getPlain() + 1);
    }
}
