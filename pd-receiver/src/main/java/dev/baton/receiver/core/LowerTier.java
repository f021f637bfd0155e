package dev.baton.receiver.core;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.Session;

/**
 * The tier below a receiver's pool: what lands goes down ({@link WriteThrough}), and comes up again when a
 * request names it and it is not in the pool any more ({@link Promotions}). The store does its I/O elsewhere and tells here,
 * in {@link #doWork}, what became of it; a store that is off or slow costs hits and nothing else. Control agent's
 * thread.
 */
public final class LowerTier implements BlockStoreListener {
    private static final int ANSWERS_PER_CYCLE_MAX = 256;
    private static final long STATS_NS = TimeUnit.SECONDS.toNanos(1);
    /** Nothing goes down and nothing comes up. */
    static final LowerTier NONE = new LowerTier(null, null, null);

    private final BlockStore store;
    private final TierCounters counters;
    private final WriteThrough down;
    private final Promotions up;
    private final StretchLoads loads;
    private final PassageLinks links;
    private final PassageFinds passages;
    private final PrefetchedBlocks prefetched;
    private boolean isCounted;
    private long countedNs;

    private final ShardedLayout local;
    private final BlockCache cache;
    private final DecodeEvents engine;

    /** Nothing goes down and nothing comes up. */
    LowerTier(ShardedLayout local, BlockCache cache, DecodeEvents engine) {
        this.local = local;
        this.cache = cache;
        this.engine = engine;
        store = null;
        counters = null;
        down = null;
        up = null;
        loads = null;
        links = null;
        passages = null;
        prefetched = null;
    }

    LowerTier(BlockStore store, ShardedLayout local, TierLimits limits, SlabPool pool, ExtentLedger extents, AdmissionQueue admission,
        BlockCache cache, TierCounters counters, DecodeEvents engine) {
        this.store = store;
        this.local = local;
        this.cache = cache;
        this.engine = engine;
        this.counters = counters;
        SliceNames names = new SliceNames();
        links = new PassageLinks(store, limits, self(local), (int) extents.plan().extentBytes(), counters);
        down = new WriteThrough(store, limits, pool, extents, names, links, counters);
        prefetched = new PrefetchedBlocks(cache, counters);
        loads = new StretchLoads(store, names);
        up = new Promotions(store, limits, pool, extents, admission, cache, names, loads, counters, prefetched);
        passages = new PassageFinds(links, up, cache, self(local), limits);
        cache.listener(down);
    }

    TierCounters counters() {
        return counters;
    }

    /** Loads before it may be granted what lies below, if anything might. */
    void queued(InboundHandoff handoff, long nowNs) {
        if (up != null) {
            up.consider(handoff, nowNs);
        }
    }

    /** Whether its grant waits for blocks that lie below: asked when it is its turn, and begun then if it would fit. */
    boolean isLoadingFor(InboundHandoff handoff) {
        return up != null && up.isLoadingFor(handoff);
    }

    /** It was granted, and holds blocks that lay here. */
    void held(InboundHandoff handoff, int firstBlock, int endBlock) {
        if (prefetched != null) {
            prefetched.held(handoff.handoffId().tenant(), handoff.blocks().keys(), firstBlock, endBlock);
        }
    }

    /**
     * Loads what lies below of these, unless somebody waits for memory; the engine's side is told how many of them lie here when that is
     * over, at once where nothing can be loaded.
     */
    public void prefetch(PrefetchAsk ask) {
        PeerLayout peer = PeerLayout.of(ask.source().encode(), local);
        Runnable over = () -> engine.onPrefetched(ask, cache.find(ask.tenant(), ask.keys(), 0, ask.keys().size()).count());
        if (up == null || !peer.isUsable() || !up.prefetch(peer.pairing(), ask.tenant(), ask.keys(), over)) {
            over.run();
        }
    }

    /** The same of what a sender at that session will be asked for; nobody is told. */
    public void prefetch(Session session, long tenant, List<BlockKey> keys) {
        if (up != null && session.receiverState() instanceof PeerLayout peer && peer.isUsable()) {
            up.prefetch(peer.pairing(), tenant, keys, () -> {});
        }
    }

    private static ShardPairing self(ShardedLayout local) {
        return ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding());
    }

    /**
     * Brings up what follows the blocks of a passage that lie here, if it might lie below.
     * @return false where nothing is brought up: the reader is told nothing
     */
    boolean find(long tenant, List<BlockKey> passage, int here, PassageFinds.Reader reader) {
        return passages != null && cache.isPlain() && passages.begin(tenant, passage, here, reader);
    }

    /** Nobody is told any more of passages that come up. */
    void noFinds() {
        if (passages != null) {
            passages.clear();
        }
    }

    int doWork(long nowNs) {
        if (store == null) {
            return 0;
        }
        int workCount = store.poll(nowNs, this, ANSWERS_PER_CYCLE_MAX) + up.doWork(nowNs) + down.doWork(nowNs)
            + links.doWork(nowNs) + passages.doWork(nowNs);
        prefetched.doWork(nowNs);
        if (!isCounted || nowNs - countedNs >= STATS_NS) {
            isCounted = true;
            countedNs = nowNs;
            counters.stores(store.statsByTier());
        }
        return workCount;
    }

    @Override
    public void onStored(long tag, StoreResult result) {
        if (PassageLinks.isTag(tag)) {
            links.onStored(tag, result);
        } else {
            down.onStored(tag, result);
        }
    }

    @Override
    public void onFound(long tag, long lengthBytes) {
        up.onFound(tag, lengthBytes);
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long lengthBytes) {
        if (PassageLinks.isTag(tag)) {
            links.onLoaded(tag, result, lengthBytes);
        } else {
            loads.onLoaded(tag, result, lengthBytes);
        }
    }

    @Override
    public void onReleased(long tag) {
        if (PassageLinks.isTag(tag)) {
            links.onReleased(tag);
        } else {
            loads.onReleased(tag);
        }
    }
}
