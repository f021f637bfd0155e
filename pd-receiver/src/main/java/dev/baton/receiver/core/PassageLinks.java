package dev.baton.receiver.core;

import java.nio.ByteOrder;
import java.util.ArrayDeque;

import org.agrona.BufferUtil;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardPairing;

/**
 * Stores and loads {@link PassageLink}s in the tier below. One goes down once its block has a passage's name and is on its way down itself, in
 * whatever order; what the tier has no time for is dropped, and counted. A record's
 * memory is its own until its I/O has returned. Control agent's thread.
 */
final class PassageLinks {
    /** Tags of blocks are smaller. */
    private static final long TAG_BIT = 1L << 62;
    private static final int PLACES = 64;
    private static final int PAGE_BYTES = 4096;
    private static final int WAITING_MAX = 4096;

    /** Told once of each load that was begun. */
    interface LinkListener {
        void onLink(int index, PassageLink linkOrNull);
    }

    private record Waiting(long tenant, BlockKey passageKey, PassageLink link) {}

    private record Load(LinkListener told, int index, int place) {}

    private final BlockStore store;
    private final TierLimits limits;
    private final ShardPairing self;
    private final int extentBytes;
    private final TierCounters counters;
    private final SliceNames names = new SliceNames();
    private final UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PLACES * PassageLink.LENGTH_BYTES, PAGE_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN));
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Long2ObjectHashMap<Load> loads = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Integer> stores = new Long2ObjectHashMap<>();
    private long tags = TAG_BIT;
    private boolean isRefused;
    private long refusedSinceNs;

    /** @param self of this receiver with itself: links of one are for those that are cut alike */
    PassageLinks(BlockStore store, TierLimits limits, ShardPairing self, int extentBytes, TierCounters counters) {
        this.counters = counters;
        this.store = store;
        this.limits = limits;
        this.self = self;
        this.extentBytes = extentBytes;
        for (int place = 0; place < PLACES; place++) {
            free.add(place);
        }
    }

    static boolean isTag(long tag) {
        return (tag & TAG_BIT) != 0;
    }

    /** That block, which goes or went down, is a passage's by that name. */
    void add(LandedBlocks of, int block, BlockKey passageKey) {
        if (waiting.size() < WAITING_MAX) {
            counters.waiting(1);
            waiting.add(new Waiting(of.tenant(), passageKey, new PassageLink(of.key(block), block, of.map().pairing().sourceSharding())));
        } else {
            counters.dropped();
        }
    }

    int doWork(long nowNs) {
        int begun = 0;
        while (!waiting.isEmpty() && !free.isEmpty()) {
            Waiting next = waiting.peek();
            int place = free.peek();
            next.link().encode(memory, place * PassageLink.LENGTH_BYTES);
            long tag = ++tags;
            int result = store.store(tag, names.ofLink(TenantKey.of(next.tenant(), next.passageKey()), self, extentBytes), 0, address(place),
                PassageLink.LENGTH_BYTES);
            if (result == BlockStore.BACK_PRESSURED && !isRefusedTooLong(nowNs)) {
                return begun;
            }
            isRefused = false;
            waiting.remove();
            if (result == BlockStore.ACCEPTED) {
                stores.put(tag, free.remove());
            } else {
                counters.waiting(-1);
                counters.dropped();
            }
            begun++;
        }
        return begun;
    }

    private boolean isRefusedTooLong(long nowNs) {
        refusedSinceNs = isRefused ? refusedSinceNs : nowNs;
        isRefused = true;
        return nowNs - refusedSinceNs >= limits.refusedNs();
    }

    void onStored(long tag, StoreResult result) {
        free.add(stores.remove(tag));
        counters.waiting(-1);
        if (result == StoreResult.FAILED) {
            counters.dropped();
        }
    }

    /**
     * Begins to load one.
     * @return {@link BlockStore#ACCEPTED}: the listener is told; else as {@link BlockStore#load}
     */
    int load(long tenant, BlockKey passageKey, long deadlineNs, LinkListener told, int index) {
        if (free.isEmpty()) {
            return BlockStore.BACK_PRESSURED;
        }
        int place = free.peek();
        long tag = ++tags;
        int result = store.load(tag, names.ofLink(TenantKey.of(tenant, passageKey), self, extentBytes), 0, address(place), PassageLink.LENGTH_BYTES,
            deadlineNs);
        if (result == BlockStore.ACCEPTED) {
            loads.put(tag, new Load(told, index, free.remove()));
        }
        return result;
    }

    void onLoaded(long tag, LoadResult result, long lengthBytes) {
        Load load = loads.get(tag);
        boolean isWhole = result.isHit() && lengthBytes == PassageLink.LENGTH_BYTES;
        load.told().onLink(load.index(), isWhole ? PassageLink.decodeOrNull(memory, load.place() * PassageLink.LENGTH_BYTES,
            self.targetLayout().blockTokens()) : null);
    }

    void onReleased(long tag) {
        free.add(loads.remove(tag).place());
    }

    private long address(int place) {
        return memory.addressOffset() + (long) place * PassageLink.LENGTH_BYTES;
    }
}
