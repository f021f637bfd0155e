package dev.baton.receiver.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;

/**
 * Finds whole blocks that lie in sealed extents of this pool by their names (DESIGN.md, decision 6): what landed stays
 * where it landed, and a request that begins alike is granted the rest only. It pins nothing itself: who finds blocks
 * pins them in the same step, or does not use them. What goes first is {@link PoolCache}'s to say, which is told of
 * requests as they land. Control agent's thread.
 */
final class BlockCache {
    /** Told of blocks as requests land. */
    interface Listener {
        /** It became whole here, and could not be found before. */
        void onLanded(LandedBlocks of, int block);

        /** A request held it. It may be gone by now. */
        void onHit(LandedBlocks of, int block);
    }

    private static final Listener NOBODY = new Listener() {
        @Override
        public void onLanded(LandedBlocks of, int block) {}

        @Override
        public void onHit(LandedBlocks of, int block) {}
    };

    private final Map<TenantKey, LandedBlocks> byName = new HashMap<>();
    private final SlabPlan plan;
    private final PoolCache<LandedBlocks> units;
    private Listener listener = NOBODY;
    private int changes;

    /** From now on it says what of these is evicted. Before anything is sealed. */
    BlockCache(ExtentLedger extents, CacheLimits limits, PoolCacheCounters counters) {
        plan = extents.plan();
        units = new PoolCache<>(plan, limits, this::cut, counters);
        extents.evictBy(units);
    }

    void listener(Listener value) {
        listener = value;
    }

    /**
     * What of a request lies here, from {@code firstBlock} on without a gap; at most to {@code endMax}. All of it in one
     * of the pool's tiers, for a reservation is of one.
     */
    HeldBlocks find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        HeldBlocks held = new HeldBlocks(firstBlock);
        int tierIndex = -1;
        for (int block = firstBlock; block < Math.min(keys.size(), endMax); block++) {
            LandedBlocks of = byName.get(TenantKey.of(tenant, keys.get(block)));
            if (of == null || (tierIndex >= 0 && tierIndex != of.tierIndex(plan))) {
                break;
            }
            tierIndex = of.tierIndex(plan);
            held.add(of);
        }
        return held;
    }

    boolean has(TenantKey name) {
        return byName.containsKey(name);
    }

    /** All of it landed, was verified and is sealed, as far as it is whole blocks. */
    void landed(long tenant, InboundHandoff handoff) {
        landed(tenant, handoff, LandedBlocks.sealedEnd(handoff.map(), handoff.blocks().keys().size()));
    }

    /**
     * Blocks before {@code end} were verified and are sealed. One that is found here already stays where it was first.
     *
     * @return how many were not found here before
     */
    int landed(long tenant, InboundHandoff handoff, int end) {
        CellMap map = handoff.map();
        List<BlockKey> keys = handoff.blocks().keys();
        if (keys.isEmpty()) {
            return 0;
        }
        int first = map.firstBlock();
        TenantKey[] names = new TenantKey[Math.max(0, end - first)];
        for (int i = 0; i < names.length; i++) {
            names[i] = TenantKey.of(tenant, keys.get(first + i));
        }
        LandedBlocks landed = new LandedBlocks(map, handoff.runs(), first, names);
        TenantKey before = first == 0 ? null : TenantKey.of(tenant, keys.get(first - 1));
        boolean[] isNew = add(landed, before, handoff.blocks().held());
        handoff.blocks().held().tell(listener);
        return tell(landed, isNew);
    }

    /**
     * The engine wrote these, and they are sealed.
     *
     * @param beforeOrNull name of the block before their first; null if they begin a prompt
     */
    void written(LandedBlocks blocks, TenantKey beforeOrNull) {
        tell(blocks, add(blocks, beforeOrNull, HeldBlocks.NONE));
    }

    /** These came up from the tier below, and are sealed. */
    void loaded(LandedBlocks blocks, TenantKey beforeOrNull) {
        blocks.down(blocks.firstBlock(), blocks.endBlock());
        add(blocks, beforeOrNull, HeldBlocks.NONE);
    }

    private int tell(LandedBlocks of, boolean[] isNew) {
        int newCount = 0;
        for (int i = 0; i < isNew.length; i++) {
            if (isNew[i]) {
                newCount++;
                listener.onLanded(of, of.firstBlock() + i);
            }
        }
        return newCount;
    }

    /**
     * These are sealed, and held by somebody until this is over.
     *
     * @param beforeOrNull name of the block before their first; null if they begin a prompt
     * @param held         what their request found here
     * @return for each block, whether it was not found here before: others stay where they were first
     */
    private boolean[] add(LandedBlocks blocks, TenantKey beforeOrNull, HeldBlocks held) {
        boolean[] isNew = new boolean[blocks.endBlock() - blocks.firstBlock()];
        int firstNew = -1;
        int lastNew = -1;
        for (int i = 0; i < isNew.length; i++) {
            isNew[i] = byName.putIfAbsent(blocks.name(blocks.firstBlock() + i), blocks) == null;
            if (isNew[i]) {
                firstNew = firstNew < 0 ? i : firstNew;
                lastNew = i;
            }
        }
        int[] heldUnits = held.units();
        UnitCut cut = firstNew < 0 ? UnitCut.NONE : new UnitCut(blocks, blocks.firstBlock() + firstNew, blocks.firstBlock() + lastNew);
        if (heldUnits.length + cut.unitCount() > 0) {
            int tierIndex = heldUnits.length > 0 ? units.tierIndex(heldUnits[0]) : blocks.tierIndex(plan);
            units.request(tierIndex, heldUnits.length + cut.unitCount(), heldUnits.length);
            for (int unit : heldUnits) {
                units.hit(unit);
            }
        }
        if (firstNew >= 0) {
            changes++;
            int parent = unitBefore(blocks, cut.firstBlock(), beforeOrNull);
            cut.addTo(units, blocks.tierIndex(plan), parent);
        }
        return isNew;
    }

    private int unitBefore(LandedBlocks blocks, int firstBlock, TenantKey beforeOrNull) {
        TenantKey before = firstBlock == blocks.firstBlock() ? beforeOrNull : blocks.name(firstBlock - 1);
        LandedBlocks of = before == null ? null : byName.get(before);
        return of == null ? PoolCache.NONE : of.unitOf(before);
    }

    /** What lay there cannot be found any more, nor what followed it in the same handoff, for it is reached by it alone. */
    private void cut(LandedBlocks landed, int from) {
        for (int block = from; block < landed.endBlock(); block++) {
            byName.remove(landed.name(block), landed);
            changes++;
        }
        landed.cut(Math.min(from, landed.endBlock()));
    }

    /** Blocks that can be found. */
    int blockCount() {
        return byName.size();
    }

    /** Another number whenever another answer of {@link #find} is possible. */
    int changes() {
        return changes;
    }
}
