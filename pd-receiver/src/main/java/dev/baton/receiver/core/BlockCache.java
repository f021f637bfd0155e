package dev.baton.receiver.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.EvictionListener;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;

/**
 * Finds whole blocks that lie in sealed extents of this pool by their names (DESIGN.md, decision 6): what landed stays
 * where it landed, and a request that begins alike is granted the rest only. It pins nothing itself: who finds blocks
 * pins them in the same step, or does not use them. Hears of every eviction before the extents go to another. Control
 * agent's thread.
 */
final class BlockCache implements EvictionListener {
    private final Map<BlockName, LandedBlocks> byName = new HashMap<>();
    /** By {@code slab << 32 | extent}. */
    private final Long2ObjectHashMap<LandedBlocks> byExtent = new Long2ObjectHashMap<>();
    private int changes;

    /** What of a request lies here, from {@code firstBlock} on without a gap; at most to {@code endMax}. */
    HeldBlocks find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        HeldBlocks held = new HeldBlocks(firstBlock);
        for (int block = firstBlock; block < Math.min(keys.size(), endMax); block++) {
            LandedBlocks of = byName.get(BlockName.of(tenant, keys.get(block)));
            if (of == null) {
                break;
            }
            held.add(of);
        }
        return held;
    }

    /** These landed, were verified and are sealed. A block that is found here already stays where it was first. */
    void landed(long tenant, InboundHandoff handoff) {
        CellMap map = handoff.map();
        List<BlockKey> keys = handoff.blocks().keys();
        int first = map.firstBlock();
        int end = LandedBlocks.sealedEnd(map, keys.size());
        if (end <= first) {
            return;
        }
        BlockName[] names = new BlockName[end - first];
        LandedBlocks landed = new LandedBlocks(map, handoff.runs(), first, names);
        int newCount = 0;
        for (int block = first; block < end; block++) {
            names[block - first] = BlockName.of(tenant, keys.get(block));
            if (byName.putIfAbsent(names[block - first], landed) == null) {
                newCount++;
            }
        }
        if (newCount > 0) {
            changes++;
            index(landed);
        }
    }

    private void index(LandedBlocks landed) {
        for (int shard = 0; shard < landed.runs().shardCount(); shard++) {
            int left = landed.map().sealableExtents(shard);
            for (int run = 0; run < landed.runs().runCount(shard) && left > 0; run++) {
                int count = Math.min(left, landed.runs().extentCount(shard, run));
                for (int i = 0; i < count; i++) {
                    byExtent.put(place(landed.runs().slab(shard, run), landed.runs().firstExtent(shard, run) + i), landed);
                }
                left -= count;
            }
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
