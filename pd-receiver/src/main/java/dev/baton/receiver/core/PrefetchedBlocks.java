package dev.baton.receiver.core;

import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.baton.kv.BlockKey;

/**
 * What became of blocks that were loaded before anybody reserved: held by a grant, or gone from the pool before one came. So
 * many are remembered at once; of more than that nobody knows. Control agent's thread.
 */
final class PrefetchedBlocks {
    private static final int REMEMBERED_MAX = 1 << 16;
    private static final int LOOKED_PER_CYCLE_MAX = 256;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final BlockCache cache;
    private final TierCounters counters;
    private final Set<TenantKey> unused = new HashSet<>();
    private Iterator<TenantKey> pass;
    private boolean isTimed;
    private long passDueNs;

    PrefetchedBlocks(BlockCache cache, TierCounters counters) {
        this.cache = cache;
        this.counters = counters;
    }

    /** These were loaded; {@code isAhead}: before anybody reserved. */
    void loaded(TenantKey[] keys, int count, boolean isAhead) {
        if (!isAhead && unused.isEmpty()) {
            return;
        }
        pass = null;
        for (int i = 0; i < count; i++) {
            if (unused.remove(keys[i])) {
                counters.prefetchWasted();   // loaded again: it had gone
            }
            if (isAhead && unused.size() < REMEMBERED_MAX) {
                unused.add(keys[i]);
            }
        }
        counters.prefetched(isAhead ? count : 0);
    }

    /** A request was granted that holds these. */
    void held(long tenant, List<BlockKey> keys, int first, int end) {
        if (unused.isEmpty()) {
            return;
        }
        pass = null;
        for (int block = first; block < end; block++) {
            if (unused.remove(TenantKey.of(tenant, keys.get(block)))) {
                counters.prefetchUsed();
            }
        }
    }

    void doWork(long nowNs) {
        if (!isTimed) {
            isTimed = true;
            passDueNs = nowNs;
        }
        if (unused.isEmpty() || (pass == null && passDueNs - nowNs > 0)) {
            return;
        }
        pass = pass == null ? unused.iterator() : pass;
        for (int i = 0; i < LOOKED_PER_CYCLE_MAX && pass.hasNext(); i++) {
            if (!cache.has(pass.next())) {
                pass.remove();
                counters.prefetchWasted();
            }
        }
        if (!pass.hasNext()) {
            pass = null;
            passDueNs = nowNs + PAUSE_NS;
        }
    }
}
