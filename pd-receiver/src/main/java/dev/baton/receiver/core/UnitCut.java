package dev.baton.receiver.core;

import java.util.Arrays;

import dev.baton.buffer.cache.PoolCache;
import dev.baton.kv.CellMap;

/**
 * Cuts blocks that landed together in the units that the cache evicts: a block begins one if it is the first in an extent, of any
 * shard. Of what landed that is new here, with all extents that it has bytes in, goes into units; extents behind and before
 * hold nothing that can be found. Made for one landing.
 */
final class UnitCut {
    static final UnitCut NONE = new UnitCut();
    private static final int NOBODY = Integer.MAX_VALUE;

    private final LandedBlocks blocks;
    /** Of each shard's linear extents the first block. */
    private final int[][] firsts;
    private final boolean[] isStart;
    private final int firstBlock;
    private final int endBlock;

    private UnitCut() {
        blocks = null;
        firsts = new int[0][];
        isStart = new boolean[0];
        firstBlock = 0;
        endBlock = 0;
    }

    /**
     * @param firstNew the first block that was not here
     * @param lastNew  the last one
     */
    UnitCut(LandedBlocks blocks, int firstNew, int lastNew) {
        this.blocks = blocks;
        CellMap map = blocks.map();
        isStart = new boolean[blocks.endBlock() - blocks.firstBlock()];
        firsts = new int[map.targetShardCount()][];
        for (int shard = 0; shard < firsts.length; shard++) {
            firsts[shard] = new int[map.extents(shard)];
            Arrays.fill(firsts[shard], NOBODY);
        }
        int from = firstNew;
        for (int cell = map.firstCellOfBlock(blocks.firstBlock()); cell < map.firstCellOfBlock(blocks.endBlock()); cell++) {
            int[] ofShard = firsts[map.targetShard(cell)];
            int block = map.block(cell);
            long last = (map.targetOffset(cell) + map.lengthBytes(cell) - 1) / map.extentBytes();
            for (int extent = (int) (map.targetOffset(cell) / map.extentBytes()); extent <= last; extent++) {
                if (ofShard[extent] == NOBODY) {
                    ofShard[extent] = block;
                    isStart[block - blocks.firstBlock()] = true;
                } else if (block >= firstNew && block <= lastNew) {
                    from = Math.min(from, ofShard[extent]);
                }
            }
        }
        firstBlock = startOf(from);
        int end = lastNew + 1;
        while (end < blocks.endBlock() && !isStart[end - blocks.firstBlock()]) {
            end++;
        }
        endBlock = end;
    }

    /** Of the first unit. */
    int firstBlock() {
        return firstBlock;
    }

    int unitCount() {
        int count = 0;
        for (int block = firstBlock; block < endBlock; block++) {
            count += isStart[block - blocks.firstBlock()] ? 1 : 0;
        }
        return count;
    }

    /**
     * Each unit behind the one before it.
     *
     * @param parent of the first
     */
    void addTo(PoolCache<LandedBlocks> units, int tierIndex, int parent) {
        int unit = parent;
        for (int block = firstBlock; block < endBlock; block++) {
            if (isStart[block - blocks.firstBlock()]) {
                unit = units.add(tierIndex, blocks, block, unit, blocks.name(block).tenant(), blocks.name(block).hash());
            }
            blocks.unit(block, unit);
        }
        CellMap map = blocks.map();
        for (int shard = 0; shard < firsts.length; shard++) {
            for (int extent = 0; extent < firsts[shard].length; extent++) {
                int block = firsts[shard][extent];
                if (block >= firstBlock && block < endBlock) {
                    long linear = (long) extent * map.extentBytes();
                    int run = blocks.runs().runAt(shard, linear);
                    units.extent(blocks.unit(block), blocks.runs().slab(shard, run),
                        (int) (blocks.runs().slabOffset(shard, run, linear) / map.extentBytes()));
                }
            }
        }
    }

    private int startOf(int block) {
        int start = block;
        while (!isStart[start - blocks.firstBlock()]) {
            start--;
        }
        return start;
    }
}
