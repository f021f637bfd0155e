package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
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
    private static final int PREFETCHES_MAX = 64;
    /** Nobody waits for a prefetch: it may take so much longer. */
    private static final int PREFETCH_WAITS = 5;

    private record Asked(Promotion by, int part, int block) {}

    private final BlockStore store;
    private final TierLimits limits;
    private final ExtentLedger extents;
    private final AdmissionQueue admission;
    private final BlockCache cache;
    private final SliceNames names;
    private final TierCounters counters;
    private final PrefetchedBlocks prefetched;
    private final List<Promotion> active = new ArrayList<>();
    /** Answered, and not all of their I/O has returned. */
    private final List<LoadStretch> late = new ArrayList<>();
    private final Long2ObjectHashMap<Asked> asked = new Long2ObjectHashMap<>();
    private final StretchLoads loads;
    /** On their way up, so that nobody loads them twice. */
    private final Set<PartKey> underWay = new HashSet<>();
    private final LoadRoom room;
    private long nowNs;
    private int prefetches;

    Promotions(BlockStore store, TierLimits limits, SlabPool pool, ExtentLedger extents, AdmissionQueue admission,
        BlockCache cache, SliceNames names, StretchLoads loads, TierCounters counters, PrefetchedBlocks prefetched) {
        this.store = store;
        this.limits = limits;
        this.extents = extents;
        this.admission = admission;
        this.cache = cache;
        this.names = names;
        this.loads = loads;
        this.counters = counters;
        this.prefetched = prefetched;
        room = new LoadRoom(extents, pool, limits.poolDivisor());
    }

    /** Holds a request back that was just queued, if it names blocks that are not here and might be below. */
    void consider(InboundHandoff handoff, long timeNs) {
        nowNs = timeNs;
        if (active.size() - prefetches == limits.promotionsMax() || handoff.blocks().keys().isEmpty() || admission.isPoolDraining(timeNs)) {
            return;
        }
        Promotion promotion = searching(new Promotion(handoff, nowNs + limits.waitNs()));
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
        if (active.size() - prefetches == limits.promotionsMax() || !room.isFitting(handoff.reservation())) {
            return false;
        }
        Promotion promotion = searching(new Promotion(handoff, nowNs + limits.waitNs()));
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
     * @param over run when it is over
     * @return false where there are too many: it is not run
     */
    boolean prefetch(ShardPairing pairing, long tenant, List<BlockKey> keys, Runnable over) {
        return !keys.isEmpty() && bring(pairing, tenant, keys, 0, nowNs + PREFETCH_WAITS * limits.waitNs(), true, over);
    }

    /**
     * The same of blocks of a prompt from {@code firstBlock} on; those before need no names.
     *
     * @param isAhead somebody thinks that a request will come for them
     */
    boolean bring(ShardPairing pairing, long tenant, List<BlockKey> keys, int firstBlock, long deadlineNs, boolean isAhead, Runnable over) {
        if (prefetches == PREFETCHES_MAX) {
            return false;
        }
        int blockTokens = pairing.targetLayout().blockTokens();
        CellMap map = CellMap.ofTarget(pairing, keys.size() * blockTokens, 0, firstBlock * blockTokens, (int) extents.plan().extentBytes());
        prefetches++;
        active.add(searching(new Promotion(map, keys, tenant, over, isAhead, deadlineNs)));
        return true;
    }

    private Promotion searching(Promotion promotion) {
        promotion.search = cache.isPlain() ? null : new PartSearch(cache, underWay, promotion, promotion.promptTokens());
        return promotion;
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
                    promotion.over.run();
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
        if (answered.by().search != null) {
            answered.by().search.found(answered.part(), answered.block(), lengthBytes >= 0);
        } else if (lengthBytes < 0) {
            answered.by().foundEnd = Math.min(answered.by().foundEnd, answered.block());
        }
    }

    private int advance(Promotion promotion) {
        if (promotion.stretch != null) {
            return load(promotion);
        }
        boolean isLate = promotion.deadlineNs - nowNs <= 0;
        if (isLate || !isWanted(promotion) || isOtherDrainedFor(promotion)) {
            if (isLate) {
                promotion.next = promotion.search == null ? promotion.next : inPool(promotion);
                promotion.nothingBelow(promotion.next);
            }
            return end(promotion, isLate);
        }
        if (promotion.asked > 0) {
            return 0;
        }
        if (promotion.search != null) {
            return advanceParts(promotion);
        }
        if (promotion.foundEnd > promotion.next) {
            return take(promotion) + (promotion.stretch == null ? 0 : load(promotion));
        }
        if (promotion.isAsked || !skipHere(promotion)) {
            promotion.nothingBelow(promotion.next);
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

    /** As far as all layer groups agree: first it is found out how far that is, then what is not here for it comes up. */
    private int advanceParts(Promotion promotion) {
        PartSearch search = promotion.search;
        int goal = goal(promotion);
        if (goal == PartSearch.UNKNOWN) {
            return promotion.asked > 0 ? 1 : 0;
        }
        PartSearch.Run run = goal <= promotion.next ? null : search.nextOrNull(LoadRoom.STRETCH_BLOCKS_MAX);
        if (run == null) {
            promotion.nothingBelow(goal);
            return end(promotion, false);
        }
        int part = run.part();
        int blocks = Math.min(run.end() - run.first(), LoadRoom.stretchBlocks(search.map(part), search.blockInMap(part, run.first())));
        if (blocks == 0) {
            return 0;   // another request's, or gone since
        }
        promotion.part = part;
        HeldBlocks here = cache.partsHere(promotion.tenant(), promotion.keys(), promotion.map().firstBlock(), goal);
        return take(promotion, here.runs(promotion.map().targetShardCount()), blocks,
            count -> search.map(part, run.first(), run.first() + count)) + (promotion.stretch == null ? 0 : load(promotion));
    }

    private int goal(Promotion promotion) {
        return promotion.search.goal((part, block) -> ask(promotion, promotion.search.map(part), part, block));
    }

    /** @param map in which the block, or one that is cut alike, has cells of that part */
    private int ask(Promotion promotion, CellMap map, int part, int block) {
        int place = promotion.search == null ? block : promotion.search.blockInMap(part, block);
        long tag = loads.nextTag();
        int result = store.lookup(tag, names.of(promotion.key(block), map, map.firstCellOfBlock(place), 0), 0);
        if (result == BlockStore.ACCEPTED) {
            asked.put(tag, new Asked(promotion, part, block));
            promotion.asked++;
        }
        return result;
    }

    /** Moves on to the first block that is not here; false if there is none, or another tier of the pool has the rest. */
    private boolean skipHere(Promotion promotion) {
        if (promotion.search != null) {
            promotion.next = inPool(promotion);
        }
        while (promotion.search == null && promotion.next < promotion.end && cache.has(promotion.key(promotion.next))) {
            promotion.next++;
        }
        return promotion.next < promotion.end;
    }

    private int inPool(Promotion promotion) {
        int first = promotion.map().firstBlock();
        return first + cache.find(promotion.tenant(), promotion.keys(), first, promotion.end, promotion.promptTokens()).count();
    }

    /** Asks for the first slice of each of the next blocks, up to the first that is here or on its way. */
    private int ask(Promotion promotion) {
        if (promotion.search != null) {
            goal(promotion);
            return 1;
        }
        if (underWay.contains(promotion.partKey(promotion.next))) {
            return 0;   // another request's: in the pool soon, or not at all
        }
        CellMap map = promotion.map();
        int endMax = Math.min(promotion.end, promotion.next + LoadRoom.stretchBlocks(map, promotion.next));
        promotion.isAsked = true;
        promotion.foundEnd = endMax;
        for (int block = promotion.next; block < endMax; block++) {
            boolean isAsked = !cache.has(promotion.key(block)) && !underWay.contains(promotion.partKey(block))
                && ask(promotion, map, HitRule.FULL, block) == BlockStore.ACCEPTED;
            if (!isAsked) {
                promotion.foundEnd = Math.min(promotion.foundEnd, block);
                break;
            }
        }
        return 1;
    }

    /** Memory for as many of the blocks that were found as may be had now. */
    private int take(Promotion promotion) {
        for (int block = promotion.next; block < promotion.foundEnd; block++) {
            TenantKey key = promotion.key(block);
            if (cache.has(key) || underWay.contains(promotion.partKey(block))) {   // since it was asked for
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
        return take(promotion, held, promotion.foundEnd - promotion.next, count -> CellMap.ofTarget(whole.pairing(),
            (promotion.next + count) * blockTokens, 0, promotion.next * blockTokens, whole.extentBytes()));
    }

    /**
     * Memory for so many blocks, or for fewer of them; without any the promotion waits for what others load, or is over.
     *
     * @param here what it must not push out: what it begins with, and what came up for it
     */
    private int take(Promotion promotion, RunList[] here, int blocks, IntFunction<CellMap> maps) {
        LoadStretch stretch = room.takeOrNull(here, blocks, maps, promotion.isPrefetch());
        promotion.stretch = stretch;
        if (stretch == null) {
            if (room.isAnyTaken() && !promotion.isPrefetch()) {
                return 0;   // what others load comes back; what is not to be had without them is not waited for
            }
            counters.noRoom();
            return end(promotion, false);
        }
        for (int block = stretch.first; block < stretch.end; block++) {
            underWay.add(promotion.partKey(block));
        }
        return 1;
    }

    private int load(Promotion promotion) {
        LoadStretch stretch = promotion.stretch;
        boolean isWanted = promotion.deadlineNs - nowNs > 0 && isWanted(promotion);
        int workCount = loads.begin(promotion, isWanted, promotion.isPrefetch() ? limits.loadsMax() / 2 : limits.loadsMax());
        if (!stretch.isAnswered()) {
            return workCount;
        }
        settle(promotion);
        return workCount + 1;
    }

    /** All is answered: what came whole is cache, and the request goes on to what comes behind it. */
    private void settle(Promotion promotion) {
        LoadStretch stretch = promotion.stretch;
        TenantKey[] keys = new TenantKey[stretch.end - stretch.first];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = promotion.key(stretch.first + i);
            underWay.remove(promotion.partKey(stretch.first + i));
        }
        room.count(stretch, -1);
        TenantKey before = promotion.keyBeforeOrNull(stretch.first);
        int count = stretch.seal(keys, blocks -> cache.loaded(blocks, before));
        stretch.freeIdle();
        room.count(stretch, 1);
        if (promotion.search == null || promotion.search.isCounted(promotion.part)) {
            prefetched.loaded(keys, count, promotion.isAhead);
        }
        counters.loaded(count, keys.length - count);
        promotion.stretch = null;
        promotion.isAsked = false;
        promotion.foundEnd = 0;
        promotion.next += promotion.search == null ? count : 0;
        if (stretch.unreleased == 0) {
            free(stretch);
        } else {
            stretch.givenUpNs = nowNs;
            counters.late(stretch.restCount());
            late.add(stretch);
        }
        if (promotion.search != null) {
            if (count < keys.length) {
                promotion.search.lost(promotion.part, stretch.first + count);
            }
        } else if (count < keys.length || !skipHere(promotion)) {
            promotion.nothingBelow(promotion.next);
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
}
