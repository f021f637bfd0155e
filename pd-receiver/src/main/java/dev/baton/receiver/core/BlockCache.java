package dev.baton.receiver.core;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.EvictionListener;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Finds whole blocks that lie in sealed extents of this pool by their names (DESIGN.md, decision 6): what landed stays
 * where it landed, and a request that begins alike is granted the rest only. It pins nothing itself: who finds blocks
 * pins them in the same step, or does not use them. Hears of every eviction before the extents go to another. Control
 * agent's thread.
 */
final class BlockCache implements EvictionListener {
    /** Told of blocks that became whole here and could not be found before. */
    interface Listener {
        void onLanded(LandedBlocks of, int block);
    }

    private final Map<TenantKey, LandedBlocks> byName = new HashMap<>();
    /** By {@code slab << 32 | extent}. */
    private final Long2ObjectHashMap<LandedBlocks> byExtent = new Long2ObjectHashMap<>();
    private final SlabPlan plan;
    private Listener listener = (_, _) -> { };
    private int changes;

    BlockCache(SlabPlan plan) {
        this.plan = plan;
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
        CellMap map = handoff.map();
        BitSet[] sealed = new BitSet[map.targetShardCount()];
        for (int shard = 0; shard < sealed.length; shard++) {
            sealed[shard] = new BitSet();
            sealed[shard].set(0, map.sealableExtents(shard));
        }
        landed(tenant, handoff, LandedBlocks.sealedEnd(map, handoff.blocks().keys().size()), sealed);
    }

    /**
     * Blocks before {@code end} were verified and are sealed, in these linear extents of each shard. One that is found here
     * already stays where it was first.
     *
     * @return how many were not found here before
     */
    int landed(long tenant, InboundHandoff handoff, int end, BitSet[] extents) {
        CellMap map = handoff.map();
        List<BlockKey> keys = handoff.blocks().keys();
        int first = map.firstBlock();
        if (end <= first) {
            return 0;
        }
        TenantKey[] names = new TenantKey[end - first];
        for (int block = first; block < end; block++) {
            names[block - first] = TenantKey.of(tenant, keys.get(block));
        }
        LandedBlocks landed = new LandedBlocks(map, handoff.runs(), first, names);
        RunList[] sealed = new RunList[map.targetShardCount()];
        for (int shard = 0; shard < sealed.length; shard++) {
            sealed[shard] = new RunList(4);
            LandedBlocks.addRuns(handoff.runs(), map.extentBytes(), shard, extents[shard], sealed[shard]);
        }
        boolean[] isNew = add(landed, sealed);
        int newCount = 0;
        for (int i = 0; i < isNew.length; i++) {
            if (isNew[i]) {
                newCount++;
                listener.onLanded(landed, first + i);
            }
        }
        return newCount;
    }

    /**
     * These are sealed, in those runs of extents, one list a shard.
     *
     * @return for each block, whether it was not found here before: others stay where they were first
     */
    boolean[] add(LandedBlocks blocks, RunList[] sealed) {
        boolean[] isNew = new boolean[blocks.endBlock() - blocks.firstBlock()];
        boolean isAny = false;
        for (int i = 0; i < isNew.length; i++) {
            isNew[i] = byName.putIfAbsent(blocks.name(blocks.firstBlock() + i), blocks) == null;
            isAny |= isNew[i];
        }
        if (isAny) {
            changes++;
            for (RunList runs : sealed) {
                for (int i = 0; i < runs.size(); i++) {
                    index(blocks, runs.run(i));
                }
            }
        }
        return isNew;
    }

    private void index(LandedBlocks blocks, long run) {
        for (int i = 0; i < ExtentRun.extentCount(run); i++) {
            byExtent.put(place(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + i), blocks);
        }
    }

    /** What lay there cannot be found any more, nor what followed it in the same handoff, for it is reached by it alone. */
    @Override
    public void onEvicted(int bank, long run) {
        for (int i = 0; i < ExtentRun.extentCount(run); i++) {
            LandedBlocks landed = byExtent.remove(place(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + i));
            if (landed != null) {
                cut(landed, landed.firstBlockIn(run));
            }
        }
    }

    private void cut(LandedBlocks landed, int from) {
        for (int block = from; block < landed.endBlock(); block++) {
            byName.remove(landed.name(block), landed);
            changes++;
        }
        landed.cut(from);
    }

    /** Blocks that can be found. */
    int blockCount() {
        return byName.size();
    }

    /** Another number whenever another answer of {@link #find} is possible. */
    int changes() {
        return changes;
    }

    private static long place(int slab, int extent) {
        return (long) slab << 32 | extent;
    }
}
