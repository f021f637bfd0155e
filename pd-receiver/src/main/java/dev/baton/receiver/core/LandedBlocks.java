package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Whole blocks that one handoff landed, or that were loaded together, where they lie: sealed extents that nobody writes to any more. Blocks count from
 * the prompt's start; from {@link #endBlock()} on they are gone, or never were sealed. Control agent's thread.
 */
final class LandedBlocks {
    static final int ALL_GROUPS = CellMap.ALL_GROUPS;
    private static final int GROUP_BITS = 5;

    private record Alias(int block, BlockKey passageKey) {}

    private final CellMap map;
    private final RunMap runs;
    private final long tenant;
    private final BlockKey[] keys;
    /** Of each block the unit of the cache that it goes with. */
    private final int[] units;
    private final BitSet down = new BitSet();
    private final int firstBlock;
    private int endBlock;
    private List<Alias> aliases = List.of();

    /** @param names one a block, from {@code firstBlock} on: those that can be found */
    LandedBlocks(CellMap map, RunMap runs, int firstBlock, TenantKey[] names) {
        this.map = map;
        this.runs = runs;
        this.firstBlock = firstBlock;
        tenant = names.length == 0 ? 0 : names[0].tenant();
        keys = new BlockKey[names.length];
        Arrays.setAll(keys, i -> names[i].key());
        endBlock = firstBlock + names.length;
        units = new int[names.length];
        Arrays.fill(units, PoolCache.NONE);
    }

    /** The first block that does not lie in sealed extents alone, at most {@code blockMax}. */
    static int sealedEnd(CellMap map, int blockMax) {
        for (int cell = 0; cell < map.firstCellOfBlock(Math.max(blockMax, map.firstBlock())); cell++) {
            int shard = map.targetShard(cell);
            if (map.targetOffset(cell) + map.lengthBytes(cell) > (long) map.sealableExtents(shard) * map.extentBytes()) {
                return map.block(cell);
            }
        }
        return Math.max(blockMax, map.firstBlock());
    }

    /**
     * Of the blocks before {@code end}, the leading ones that share no extent with others, with the partial block or with
     * growth: what is sealed holds nothing else.
     *
     * @param into gets the linear extents of these blocks, one set a shard
     * @return behind the last of them
     */
    static int apartEnd(CellMap map, int end, BitSet[] into) {
        int kept = Math.max(end, map.firstBlock());
        while (true) {
            BitSet[] own = touched(map, map.firstBlock(), kept);
            BitSet[] others = touched(map, kept, map.blockCount());
            int shared = firstSharing(map, kept, others);
            if (shared == kept) {
                System.arraycopy(own, 0, into, 0, own.length);
                return kept;
            }
            kept = shared;
        }
    }

    private static int firstSharing(CellMap map, int end, BitSet[] others) {
        for (int cell = 0; cell < map.firstCellOfBlock(end); cell++) {
            int shard = map.targetShard(cell);
            int first = (int) (map.targetOffset(cell) / map.extentBytes());
            int last = (int) ((map.targetOffset(cell) + map.lengthBytes(cell) - 1) / map.extentBytes());
            int other = others[shard].nextSetBit(first);
            if (last >= map.sealableExtents(shard) || (other >= 0 && other <= last)) {
                return map.block(cell);
            }
        }
        return end;
    }

    CellMap map() {
        return map;
    }

    RunMap runs() {
        return runs;
    }

    int firstBlock() {
        return firstBlock;
    }

    int endBlock() {
        return endBlock;
    }

    /** Whether it is one of these, and still there. */
    boolean has(int block) {
        return block >= firstBlock && block < endBlock;
    }

    /** Of the pool's tiers, that where they lie. */
    int tierIndex(SlabPlan plan) {
        return plan.tierIndexOfBank(plan.bank(runs.slab(map.targetShard(0), 0)));
    }

    long tenant() {
        return tenant;
    }

    BlockKey key(int block) {
        return keys[block - firstBlock];
    }

    TenantKey name(int block) {
        return new TenantKey(tenant, key(block));
    }

    /**
     * The first block of which it has that part, for all that was asked for; {@link #endBlock()} or more if it has none. A state is the
     * block's that ends where the prompt does.
     */
    int firstBlock(HitRule rule, int part) {
        boolean isElsewhere = (rule.groups(part) & map.groups()) == 0
            || (rule.isState(part) && map.tokens() % rule.blockTokens() != 0);
        return isElsewhere ? Integer.MAX_VALUE : Math.max(firstBlock, rule.firstBlock(part, map.tokens()));
    }

    /** That block is found as a passage's, too. */
    void alias(int block, BlockKey passageKey) {
        if (aliases.isEmpty()) {
            aliases = new ArrayList<>();
        }
        aliases.add(new Alias(block, passageKey));
    }

    /** By what that block is found as a passage's. */
    List<BlockKey> aliases(int block) {
        return aliases.stream().filter(alias -> alias.block() == block).map(Alias::passageKey).toList();
    }

    /** Of the blocks from that one on, what they are found by as a passage's; nobody is told again. */
    List<BlockKey> takeAliases(int from) {
        List<BlockKey> taken = aliases.stream().filter(alias -> alias.block() >= from).map(Alias::passageKey).toList();
        if (!taken.isEmpty()) {
            aliases.removeIf(alias -> alias.block() >= from);
        }
        return taken;
    }

    void unit(int block, int unit) {
        units[block - firstBlock] = unit;
    }

    /** The unit of the cache that the block goes with; {@link PoolCache#NONE} where it is gone, or was not new. */
    int unit(int block) {
        return block < endBlock ? units[block - firstBlock] : PoolCache.NONE;
    }

    /** The block of that name, which it has. */
    int blockOf(BlockKey key) {
        int block = firstBlock;
        while (!key(block).equals(key)) {
            block++;
        }
        return block;
    }

    /** The unit of the block of that name. */
    int unitOf(TenantKey name) {
        for (int block = endBlock - 1; block >= firstBlock; block--) {   // asked for what goes on behind them: mostly the last
            if (tenant == name.tenant() && key(block).equals(name.key())) {
                return unit(block);
            }
        }
        return PoolCache.NONE;
    }

    /**
     * It lies in the tier below, or is on its way.
     *
     * @param groups of the layer groups that are one part of the block
     */
    void down(int block, int groups) {
        down.set(downBit(block, groups));
    }

    boolean isDown(int block, int groups) {
        return down.get(downBit(block, groups));
    }

    private int downBit(int block, int groups) {
        return ((block - firstBlock) << GROUP_BITS) | Integer.numberOfTrailingZeros(groups);
    }

    /** From that block on they are gone. */
    void cut(int block) {
        endBlock = block;
    }

    /** The linear extents that these blocks have bytes in, one set a shard. */
    static BitSet[] touched(CellMap map, int first, int end) {
        return touched(map, first, end, ALL_GROUPS);
    }

    /** @param groups of which bytes count, bit g for group g */
    static BitSet[] touched(CellMap map, int first, int end, int groups) {
        BitSet[] touched = new BitSet[map.targetShardCount()];
        Arrays.setAll(touched, _ -> new BitSet());
        for (int cell = map.firstCellOfBlock(first); cell < map.firstCellOfBlock(end); cell++) {
            if ((groups >>> map.group(cell) & 1) == 0) {
                continue;
            }
            long from = map.targetOffset(cell);
            touched[map.targetShard(cell)].set((int) (from / map.extentBytes()),
                (int) ((from + map.lengthBytes(cell) - 1) / map.extentBytes()) + 1);
        }
        return touched;
    }

    /** Adds the extents of these blocks to a list a shard: each once. */
    void addRuns(int first, int end, int groups, RunList[] into) {
        BitSet[] touched = touched(map, first, end, groups);
        for (int shard = 0; shard < into.length; shard++) {
            addRuns(runs, map.extentBytes(), shard, touched[shard], into[shard]);
        }
    }

    /** Linear extents of a shard, as the runs that they lie in. */
    static void addRuns(RunMap runs, int extentBytes, int shard, BitSet extents, RunList into) {
        for (int first = extents.nextSetBit(0); first >= 0; ) {
            int end = extents.nextClearBit(first);
            for (int at = first; at < end; ) {
                long linear = (long) at * extentBytes;
                int run = runs.runAt(shard, linear);
                int slabExtent = (int) (runs.slabOffset(shard, run, linear) / extentBytes);
                int count = (int) Math.min(end - at, runs.bytesToRunEnd(shard, run, linear) / extentBytes);
                into.add(ExtentRun.of(runs.slab(shard, run), slabExtent, count));
                at += count;
            }
            first = extents.nextSetBit(end);
        }
    }
}
