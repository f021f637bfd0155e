package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.memory.RunList;

/**
 * Promotion before admission: a request whose blocks are missing in the pool is held back for a bounded time, while those
 * that lie in the tier below are loaded into extents that are free or idle. They become cache like all others; then the
 * request waits for memory as any does, and its grant step pins what it finds. So a load pins nothing for a request, and
 * a request that ends meanwhile leaves nothing behind. Control agent's thread.
 */
final class Promotions {
    private static final int STRETCH_EXTENTS = 16;
    private static final int STRETCH_BLOCKS_MAX = 64;
    private static final int PREFETCHES_MAX = 64;
    /** Nobody waits for a prefetch: it may take so much longer. */
    private static final int PREFETCH_WAITS = 5;

    private record Loading(LoadStretch stretch, int block, int lengthBytes) {}

    private record Asked(Promotion by, int block) {}

    private final BlockStore store;
    private final TierLimits limits;
    private final ExtentLedger extents;
    private final AdmissionQueue admission;
    private final BlockCache cache;
    private final SliceNames names;
    private final TierCounters counters;
    private final PrefetchedBlocks prefetched;
    private final DecodeEvents engine;
    private final List<Promotion> active = new ArrayList<>();
    /** Answered, and not all of their I/O has returned. */
    private final List<LoadStretch> late = new ArrayList<>();
    private final Long2ObjectHashMap<Asked> asked = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Loading> loading = new Long2ObjectHashMap<>();
    /** On their way up, so that nobody loads them twice. */
    private final Set<TenantKey> underWay = new HashSet<>();
    private final LoadRoom room;
    private long nowNs;
    private long tags;
    private int prefetches;

    Promotions(BlockStore store, TierLimits limits, SlabPool pool, ExtentLedger extents, AdmissionQueue admission,
        BlockCache cache, SliceNames names, TierCounters counters, PrefetchedBlocks prefetched, DecodeEvents engine) {
        this.store = store;
        this.limits = limits;
        this.extents = extents;
        this.admission = admission;
        this.cache = cache;
        this.names = names;
        this.counters = counters;
        this.prefetched = prefetched;
        this.engine = engine;
        room = new LoadRoom(extents, pool, limits.poolDivisor());
    }

    /** Holds a request back that was just queued, if it names blocks that are not here and might be below. */
    void consider(InboundHandoff handoff, long timeNs) {
        nowNs = timeNs;
        if (active.size() - prefetches == limits.promotionsMax() || handoff.blocks().keys().isEmpty() || !cache.isPlain()
            || admission.isPoolDraining(timeNs)) {
            return;
        }
        Promotion promotion = new Promotion(handoff, nowNs + limits.waitNs());
        if (skipHere(promotion)) {
            promotion.isHeldBack = true;
            admission.holdBack(handoff.reservation());
            active.add(promotion);
            ask(promotion);
        }
    }

    /**
     * It is this request's turn. What lies below and not, or no longer, in the pool is loaded now, if all of it would fit: in a
     * pool that is always full nothing that was loaded earlier would be there any more. The request stays first meanwhile; once.
     */
    boolean isLoadingFor(InboundHandoff handoff) {
        if (handoff.blocks().isLoading()) {
            return true;
        }
        if (active.size() - prefetches == limits.promotionsMax() || !cache.isPlain() || !room.isFitting(handoff.reservation())) {
            return false;
        }
        Promotion promotion = new Promotion(handoff, nowNs + limits.waitNs());
        if (!skipHere(promotion) || promotion.next >= handoff.blocks().belowEnd() || !handoff.blocks().tryAtTurn()) {
            return false;
        }
        handoff.blocks().isLoading(true);
        active.add(promotion);
        ask(promotion);
        return true;
    }

    /**
     * Loads what lies below of these blocks, if there is room that nobody waits for, until somebody does. Behind what requests
     * wait for: with half as many loads, and while all loads together have half as much memory as those may have.
     *
     * @param askOrNull told how many leading blocks lie here when it is over
     */
    void prefetch(ShardPairing pairing, long tenant, List<BlockKey> keys, PrefetchAsk askOrNull) {
        int blockTokens = pairing.targetLayout().blockTokens();
        CellMap map = keys.isEmpty() ? null : CellMap.ofTarget(pairing, keys.size() * blockTokens, 0, 0, (int) extents.plan().extentBytes());
        if (map == null || !cache.isPlain() || prefetches == PREFETCHES_MAX) {
            tell(askOrNull);
            return;
        }
        prefetches++;
        active.add(new Promotion(map, keys, tenant, askOrNull, nowNs + PREFETCH_WAITS * limits.waitNs()));
    }

    private void tell(PrefetchAsk askOrNull) {
        if (askOrNull != null) {
            engine.onPrefetched(askOrNull, cache.find(askOrNull.tenant(), askOrNull.keys(), 0, askOrNull.keys().size()).count());
        }
    }

    int doWork(long timeNs) {
        nowNs = timeNs;
        int workCount = 0;
        for (int i = 0; i < active.size(); i++) {
            Promotion promotion = active.get(i);
            workCount += advance(promotion);
            if (promotion.isOver) {
                active.remove(i--);
                if (promotion.isPrefetch()) {
                    prefetches--;
                    tell(promotion.ask);
                    continue;
                }
                promotion.handoff.blocks().isLoading(false);
                if (promotion.isHeldBack && promotion.isWaiting()) {
                    admission.goOn(promotion.handoff.reservation());
                }
            }
        }
        for (int i = 0; i < late.size(); i++) {
            if (late.get(i).unreleased == 0) {
                counters.late(-late.get(i).restCount());
                free(late.remove(i--));
                workCount++;
            } else if (nowNs - late.get(i).givenUpNs >= limits.quarantineNs()) {
                late.get(i).quarantine();
            }
        }
        return workCount;
    }

    void onFound(long tag, long lengthBytes) {
        Asked answered = asked.remove(tag);
        if (answered == null) {
            return;
        }
        answered.by().asked--;
        if (lengthBytes < 0) {
            answered.by().foundEnd = Math.min(answered.by().foundEnd, answered.block());
        }
    }

    void onLoaded(long tag, LoadResult result, long lengthBytes) {
        Loading one = loading.get(tag);
        one.stretch().unanswered--;
        if (!result.isHit() || lengthBytes != one.lengthBytes()) {
            one.stretch().bad(one.block());
        }
    }

    void onReleased(long tag) {
        loading.remove(tag).stretch().unreleased--;
    }

    private int advance(Promotion promotion) {
        if (promotion.stretch != null) {
            return load(promotion);
        }
        boolean isLate = promotion.deadlineNs - nowNs <= 0;
        if (isLate || !isWanted(promotion) || isOtherDrainedFor(promotion)) {
            if (isLate) {
                promotion.nothingBelow();
            }
            return end(promotion, isLate);
        }
        if (promotion.asked > 0) {
            return 0;
        }
        if (promotion.foundEnd > promotion.next) {
            return take(promotion) + (promotion.stretch == null ? 0 : load(promotion));
        }
        if (promotion.isAsked || !skipHere(promotion)) {
            promotion.nothingBelow();
            return end(promotion, false);
        }
        return ask(promotion);
    }

    private boolean isOtherDrainedFor(Promotion promotion) {
        return !promotion.isPrefetch() && admission.isPoolDraining(nowNs) && admission.targetOrNull() != promotion.handoff.reservation();
    }

    /** A request that has come, whatever it waits for, comes before what one might want. */
    private boolean isWanted(Promotion promotion) {
        return promotion.isPrefetch() ? admission.isEmpty() : promotion.isWaiting();
    }

    /** Moves on to the first block that is not here; false if there is none, or another tier of the pool has the rest. */
    private boolean skipHere(Promotion promotion) {
        while (promotion.next < promotion.end && cache.has(promotion.key(promotion.next))) {
            promotion.next++;
        }
        return promotion.next < promotion.end;
    }

    /** Asks for the first slice of each of the next blocks, up to the first that is here or on its way. */
    private int ask(Promotion promotion) {
        if (underWay.contains(promotion.key(promotion.next))) {
            return 0;   // another request's: in the pool soon, or not at all
        }
        CellMap map = promotion.map();
        int endMax = Math.min(promotion.end, promotion.next + stretchBlocks(map, promotion.next));
        promotion.isAsked = true;
        promotion.foundEnd = endMax;
        for (int block = promotion.next; block < endMax; block++) {
            TenantKey key = promotion.key(block);
            boolean isAsked = !cache.has(key) && !underWay.contains(key)
                && store.lookup(++tags, names.of(key, map, map.firstCellOfBlock(block), 0), 0) == BlockStore.ACCEPTED;
            if (!isAsked) {
                promotion.foundEnd = Math.min(promotion.foundEnd, block);
                break;
            }
            asked.put(tags, new Asked(promotion, block));
            promotion.asked++;
        }
        return 1;
    }

    private static int stretchBlocks(CellMap map, int block) {
        long bytes = 0;
        for (int cell = map.firstCellOfBlock(block); cell < map.firstCellOfBlock(block + 1); cell++) {
            bytes += map.lengthBytes(cell);
        }
        return Math.clamp((long) STRETCH_EXTENTS * map.extentBytes() * map.targetShardCount() / bytes, 1,
            STRETCH_BLOCKS_MAX);
    }

    /** Memory for as many of the blocks that were found as may be had now. */
    private int take(Promotion promotion) {
        for (int block = promotion.next; block < promotion.foundEnd; block++) {
            TenantKey key = promotion.key(block);
            if (cache.has(key) || underWay.contains(key)) {   // since it was asked for
                promotion.foundEnd = block;
            }
        }
        if (promotion.foundEnd == promotion.next) {
            promotion.isAsked = false;
            return 1;
        }
        CellMap whole = promotion.map();
        int blockTokens = whole.pairing().targetLayout().blockTokens();
        HeldBlocks prefix = cache.find(promotion.tenant(), promotion.keys(), whole.firstBlock(), promotion.next);
        RunList[] held = prefix.runs(whole.targetShardCount());
        if (!room.isInFastTier(held)) {
            return end(promotion, false);
        }
        // What it loads must not push out what it begins with.
        forEach(held, extents::hold);
        for (int count = promotion.foundEnd - promotion.next; count > 0 && promotion.stretch == null; count--) {
            CellMap map = CellMap.ofTarget(whole.pairing(), (promotion.next + count) * blockTokens, 0,
                promotion.next * blockTokens, whole.extentBytes());
            promotion.stretch = room.takeOrNull(map, promotion.isPrefetch());
        }
        forEach(held, extents::drop);
        LoadStretch stretch = promotion.stretch;
        if (stretch == null) {
            // What others load comes back; what is not to be had without them is not waited for.
            return room.isAnyTaken() && !promotion.isPrefetch() ? 0 : end(promotion, false);
        }
        for (int block = stretch.first; block < stretch.end; block++) {
            underWay.add(promotion.key(block));
        }
        return 1;
    }

    private int load(Promotion promotion) {
        LoadStretch stretch = promotion.stretch;
        int workCount = 0;
        boolean isWanted = promotion.deadlineNs - nowNs > 0 && isWanted(promotion);
        int loadsMax = promotion.isPrefetch() ? limits.loadsMax() / 2 : limits.loadsMax();
        for (SliceCursor at = stretch.nextOrNull(); at != null; at = stretch.nextOrNull()) {
            int result = isWanted && at.isInARow() ? loading.size() >= loadsMax ? BlockStore.BACK_PRESSURED
                : begin(promotion, at) : BlockStore.OFF;
            if (result == BlockStore.BACK_PRESSURED) {
                break;
            }
            workCount++;
            if (result == BlockStore.OFF) {
                stretch.bad(stretch.block());
            } else {
                at.next();
            }
        }
        if (!stretch.isAnswered()) {
            return workCount;
        }
        settle(promotion);
        return workCount + 1;
    }

    private int begin(Promotion promotion, SliceCursor at) {
        LoadStretch stretch = promotion.stretch;
        int result = store.load(++tags, names.of(promotion.key(stretch.block()), stretch.map, at.cell(), at.slice()), 0,
            at.address(), at.lengthBytes(), promotion.deadlineNs);
        if (result == BlockStore.ACCEPTED) {
            loading.put(tags, new Loading(stretch, stretch.block(), at.lengthBytes()));
            stretch.unanswered++;
            stretch.unreleased++;
        }
        return result;
    }

    /** All is answered: what came whole is cache, and the request goes on to what comes behind it. */
    private void settle(Promotion promotion) {
        LoadStretch stretch = promotion.stretch;
        TenantKey[] keys = new TenantKey[stretch.end - stretch.first];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = promotion.key(stretch.first + i);
            underWay.remove(keys[i]);
        }
        room.count(stretch, -1);
        TenantKey before = stretch.first == 0 ? null : promotion.key(stretch.first - 1);
        int count = stretch.seal(keys, blocks -> cache.loaded(blocks, before));
        room.count(stretch, 1);
        prefetched.loaded(keys, count, promotion.isPrefetch());
        counters.loaded(count, keys.length - count);
        promotion.stretch = null;
        promotion.isAsked = false;
        promotion.foundEnd = 0;
        promotion.next += count;
        if (stretch.unreleased == 0) {
            free(stretch);
        } else {
            stretch.givenUpNs = nowNs;
            counters.late(stretch.restCount());
            late.add(stretch);
        }
        if (count < keys.length || !skipHere(promotion)) {
            promotion.nothingBelow();
            end(promotion, promotion.deadlineNs - nowNs <= 0);
        }
    }

    private void free(LoadStretch stretch) {
        room.count(stretch, -1);
        stretch.free();
    }

    private int end(Promotion promotion, boolean isLate) {
        promotion.isOver = true;
        if (!promotion.isPrefetch()) {
            counters.promoted(isLate);
        }
        return 1;
    }

    private static void forEach(RunList[] perShard, LongConsumer step) {
        for (RunList runs : perShard) {
            for (int i = runs.size() - 1; i >= 0; i--) {
                step.accept(runs.run(i));
            }
        }
    }
}
