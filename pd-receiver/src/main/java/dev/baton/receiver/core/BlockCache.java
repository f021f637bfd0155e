package dev.baton.receiver.core;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.index.BlockTable;
import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;

/**
 * Finds whole blocks that lie in sealed extents of this pool by their names (DESIGN.md, decision 6): what landed stays
 * where it landed, and a request that begins alike is granted the rest only. It pins nothing itself: who finds blocks
 * pins them in the same step, or does not use them. What goes first is {@link PoolCache}'s to say, which is told of
 * requests as they land. Control agent's thread.
 */
final class BlockCache {
    /** Told of blocks as requests land, of each what layer groups keep of it that keep the same blocks: bit g for group g. */
    interface Listener {
        /** It became whole here, and could not be found before. */
        void onLanded(LandedBlocks of, int block, int groups);

        /** A request held it. It may be gone by now. */
        void onHit(LandedBlocks of, int block, int groups);

        /** It has a passage's name, too. */
        void onNamed(LandedBlocks of, int block, BlockKey passageKey);
    }

    private static final Listener NOBODY = new Listener() {
        @Override
        public void onLanded(LandedBlocks of, int block, int groups) {}

        @Override
        public void onHit(LandedBlocks of, int block, int groups) {}

        @Override
        public void onNamed(LandedBlocks of, int block, BlockKey passageKey) {}
    };

    private final BlockTable<LandedBlocks> table;
    private final HitRule rule;
    private final SlabPlan plan;
    private final PoolCache<LandedBlocks> units;
    private Listener listener = NOBODY;
    private int changes;

    /** From now on it says what of these is evicted. Before anything is sealed. */
    BlockCache(ShardedLayout local, ExtentLedger extents, CacheLimits limits, PoolCacheCounters counters) {
        plan = extents.plan();
        rule = new HitRule(local.layout());
        table = new BlockTable<>(BlockTable.capacity(local.layout(), local.sharding(), rule, bytesOf(plan)), rule);
        units = new PoolCache<>(plan, limits, this::cut, counters);
        extents.evictBy(units);
    }

    void listener(Listener value) {
        listener = value;
    }

    private static long bytesOf(SlabPlan plan) {
        long extents = 0;
        for (int tier = 0; tier < plan.tierCount(); tier++) {
            for (int shard = 0; shard < plan.shardCount(); shard++) {
                extents += plan.extentCount(plan.bank(tier, shard));
            }
        }
        return extents * plan.extentBytes();
    }

    /** Whether the layout's groups all keep every block, so that a beginning is worth what it has of blocks. */
    boolean isPlain() {
        return rule.isPlain();
    }

    /** As {@link #find(long, List, int, int, int)}, of a prompt that ends where its blocks do. */
    HeldBlocks find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        return find(tenant, keys, firstBlock, endMax, 0);
    }

    /**
     * What of a request lies here, from {@code firstBlock} on and at most to {@code endMax}: the longest count on which all layer groups agree, or, of
     * a prompt that goes on behind it, the longest that it can be read with; and of each group what such a prompt is to be read with. All of it in one
     * of the pool's tiers, for a reservation is of one.
     *
     * @param tokens of the prompt; 0: as many as what is found, which somebody is to go on from
     */
    HeldBlocks find(long tenant, List<BlockKey> keys, int firstBlock, int endMax, int tokens) {
        int end = tokens == 0 ? table.find(tenant, keys, firstBlock, endMax) : table.findFor(tenant, keys, firstBlock, endMax, tokens);
        if (end == firstBlock) {
            return HeldBlocks.NONE;
        }
        HeldBlocks held = new HeldBlocks(firstBlock, end);
        for (int block = firstBlock; rule.hasFull() && block < end; block++) {
            held.add(table.foundOwner(block - firstBlock), block, rule.groups(HitRule.FULL));
        }
        int promptTokens = tokens == 0 ? end * rule.blockTokens() : tokens;
        for (int part = 1; part < rule.partCount(); part++) {
            for (int block = Math.max(firstBlock, rule.firstBlock(part, promptTokens)); block < end; block++) {
                held.add(table.ownerOrNull(tenant, part, keys.get(block)), block, rule.groups(part));
            }
        }
        return held;
    }

    /**
     * Blocks that lie here as a prompt's are found as a passage's, too; not of a layout with windows or states, of which a passage is not whole.
     *
     * @param firstBlock of the prompt, with which the passage begins
     * @return how many of the passage's blocks, from the first on, are found now
     */
    int nameAs(long tenant, List<BlockKey> keys, int firstBlock, List<BlockKey> passage) {
        if (!rule.isPlain()) {
            return 0;
        }
        name(tenant, keys.subList(firstBlock, firstBlock + passage.size()), passage, listener);
        return table.findPassage(tenant, passage);
    }

    /** The same of blocks that have come up from the tier below, which has that name already. */
    void nameAgain(long tenant, List<BlockKey> keys, List<BlockKey> passage) {
        name(tenant, keys, passage, NOBODY);
    }

    private void name(long tenant, List<BlockKey> keys, List<BlockKey> passage, Listener told) {
        for (int i = 0; i < passage.size(); i++) {
            LandedBlocks of = table.ownerOrNull(tenant, HitRule.FULL, keys.get(i));
            if (of != null && table.putPassage(tenant, keys.get(i), passage.get(i))) {
                int block = of.blockOf(keys.get(i));
                of.alias(block, passage.get(i));
                told.onNamed(of, block, passage.get(i));
            }
        }
    }

    /** Leading blocks of a passage, wherever in prompts they lie. They count as used. */
    HeldBlocks findPassage(long tenant, List<BlockKey> passage) {
        int count = rule.isPlain() ? table.findPassage(tenant, passage) : 0;
        if (count == 0) {
            return HeldBlocks.NONE;
        }
        HeldBlocks found = new HeldBlocks(0, count);
        for (int i = 0; i < count; i++) {
            found.add(table.foundOwner(i), table.foundBlock(i), LandedBlocks.ALL_GROUPS);
        }
        use(found);
        return found;
    }

    private void use(HeldBlocks held) {
        int[] used = held.units();
        if (used.length > 0) {
            units.request(units.tierIndex(used[0]), used.length, used.length);
            for (int unit : used) {
                units.hit(unit);
            }
        }
    }

    /** What all groups of full attention keep of that block. */
    boolean has(TenantKey name) {
        return table.ownerOrNull(name.tenant(), HitRule.FULL, name.key()) != null;
    }

    HitRule rule() {
        return rule;
    }

    /** Whether that part of the block lies in the pool's fast tier, found at that place of a prompt. */
    boolean hasFast(TenantKey name, int part, int block) {
        return isFast(table.ownerOrNull(name.tenant(), part, name.key()), block);
    }

    private boolean isFast(LandedBlocks ofOrNull, int block) {
        return ofOrNull != null && ofOrNull.tierIndex(plan) == 0 && ofOrNull.has(block);
    }

    /** What such a prompt is to be read with as far as it lies in the pool's fast tier; there may be holes in it. */
    HeldBlocks partsHere(long tenant, List<BlockKey> keys, int firstBlock, int endBlock) {
        HeldBlocks here = new HeldBlocks(firstBlock, endBlock);
        for (int part = 0; part < rule.partCount(); part++) {
            boolean isOfLayout = rule.groups(part) != 0;
            for (int block = Math.max(firstBlock, rule.firstBlock(part, endBlock * rule.blockTokens())); isOfLayout && block < endBlock; block++) {
                LandedBlocks of = table.ownerOrNull(tenant, part, keys.get(block));
                if (isFast(of, block)) {
                    here.add(of, block, rule.groups(part));
                }
            }
        }
        return here;
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
        List<BlockKey> keys = handoff.blocks().keys();
        if (keys.isEmpty()) {
            return 0;
        }
        int first = handoff.map().firstBlock();
        LandedBlocks landed = blocks(tenant, handoff, end);
        TenantKey before = first == 0 ? null : TenantKey.of(tenant, keys.get(first - 1));
        BitSet[] isNew = add(landed, before, handoff.blocks().held());
        handoff.blocks().held().tell(listener);
        return tell(landed, isNew);
    }

    private static LandedBlocks blocks(long tenant, InboundHandoff handoff, int end) {
        int first = handoff.map().firstBlock();
        TenantKey[] names = new TenantKey[Math.max(0, end - first)];
        for (int i = 0; i < names.length; i++) {
            names[i] = TenantKey.of(tenant, handoff.blocks().keys().get(first + i));
        }
        return new LandedBlocks(handoff.map(), handoff.runs(), first, names);
    }

    /** Whether anything of its blocks before {@code end} is not found here. */
    boolean isAnyNew(long tenant, InboundHandoff handoff, int end) {
        LandedBlocks landing = blocks(tenant, handoff, end);
        for (int part = 0; part < rule.partCount(); part++) {
            for (int block = landing.firstBlock(rule, part); block < end; block++) {
                if (table.ownerOrNull(landing.tenant(), part, landing.key(block)) == null) {
                    return true;
                }
            }
        }
        return false;
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
        for (int part = 0; part < rule.partCount(); part++) {
            for (int block = blocks.firstBlock(rule, part); block < blocks.endBlock(); block++) {
                blocks.down(block, rule.groups(part));
            }
        }
        add(blocks, beforeOrNull, HeldBlocks.NONE);
    }

    /** How many blocks have a part that is new. */
    private int tell(LandedBlocks of, BitSet[] isNew) {
        int newCount = 0;
        for (int block = of.firstBlock(); block < of.endBlock(); block++) {
            boolean isAnyNew = false;
            for (int part = 0; part < rule.partCount(); part++) {
                if (isNew[part].get(block)) {
                    isAnyNew = true;
                    listener.onLanded(of, block, rule.groups(part));
                }
            }
            newCount += isAnyNew ? 1 : 0;
        }
        return newCount;
    }

    /**
     * These are sealed, and held by somebody until this is over.
     *
     * @param beforeOrNull name of the block before their first; null if they begin a prompt
     * @param held         what their request found here
     * @return for each part the blocks of which it was not found here before: others stay where they were first
     */
    private BitSet[] add(LandedBlocks blocks, TenantKey beforeOrNull, HeldBlocks held) {
        BitSet[] isNew = name(blocks);
        BitSet anyNew = new BitSet();
        for (BitSet ofPart : isNew) {
            anyNew.or(ofPart);
        }
        int firstNew = anyNew.nextSetBit(0);
        int[] heldUnits = held.units();
        UnitCut cut = firstNew < 0 ? UnitCut.NONE : new UnitCut(blocks, firstNew, anyNew.length() - 1);
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

    /** For each part, the blocks of which it was not found here before. */
    private BitSet[] name(LandedBlocks blocks) {
        BitSet[] isNew = new BitSet[rule.partCount()];
        Arrays.setAll(isNew, _ -> new BitSet());
        int tierIndex = blocks.tierIndex(plan);
        int owner = table.enter(blocks);
        for (int part = 0; part < rule.partCount(); part++) {
            boolean isOfLayout = rule.groups(part) != 0;
            for (int block = blocks.firstBlock(rule, part); isOfLayout && block < blocks.endBlock(); block++) {
                isNew[part].set(block, table.put(owner, blocks.tenant(), part, blocks.key(block), tierIndex, block));
            }
        }
        table.leave(owner);
        return isNew;
    }

    private int unitBefore(LandedBlocks blocks, int firstBlock, TenantKey beforeOrNull) {
        TenantKey before = firstBlock == blocks.firstBlock() ? beforeOrNull : blocks.name(firstBlock - 1);
        LandedBlocks of = before == null ? null : table.ownerOrNull(before.tenant(), HitRule.FULL, before.key());
        return of == null ? PoolCache.NONE : of.unitOf(before);
    }

    /** What lay there cannot be found any more, nor what followed it in the same handoff, for it is reached by it alone. */
    private void cut(LandedBlocks landed, int from) {
        for (BlockKey passageKey : landed.takeAliases(from)) {
            table.removePassage(landed, landed.tenant(), passageKey);
        }
        for (int part = rule.partCount() - 1; part >= 0; part--) {
            int first = Math.max(from, landed.firstBlock(rule, part));
            for (int block = landed.endBlock() - 1; block >= first; block--) {
                table.remove(landed, landed.tenant(), part, landed.key(block));
            }
        }
        changes++;
        landed.cut(Math.min(from, landed.endBlock()));
    }

    /** A part of all of it is gone, with a process of the gang: nothing is found any more, not even what somebody reads. */
    void forget() {
        units.forget();
    }

    /** Blocks that can be found; of a layout with windows or states, parts of blocks. */
    int blockCount() {
        return table.size();
    }

    /** Another number whenever another answer of {@link #find} is possible. */
    int changes() {
        return changes;
    }
}
