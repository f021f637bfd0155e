package dev.baton.receiver.core;

import java.util.BitSet;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.kv.LayerGroup;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Whole blocks that one handoff landed, where they lie: sealed extents that nobody writes to any more. Blocks count from
 * the prompt's start; from {@link #endBlock()} on they are gone, or never were sealed. Control agent's thread.
 */
final class LandedBlocks {
    private final CellMap map;
    private final RunMap runs;
    private final BlockName[] names;
    private final int firstBlock;
    private int endBlock;

    /** @param names one a block, from {@code firstBlock} on: those that can be found */
    LandedBlocks(CellMap map, RunMap runs, int firstBlock, BlockName[] names) {
        this.map = map;
        this.runs = runs;
        this.firstBlock = firstBlock;
        this.names = names;
        endBlock = firstBlock + names.length;
    }

    /**
     * The first block that does not lie in sealed extents alone, at most {@code blockMax}. Windows and states are found
     * by rules of their own (PROTOCOL.md, section 9) that are not here yet: layouts with such groups keep nothing.
     */
    static int sealedEnd(CellMap map, int blockMax) {
        for (LayerGroup group : map.pairing().targetLayout().groups()) {
            if (group.isState() || group.isWindowed()) {
                return map.firstBlock();
            }
        }
        for (int cell = 0; cell < map.firstCellOfBlock(Math.max(blockMax, map.firstBlock())); cell++) {
            int shard = map.targetShard(cell);
            if (map.targetOffset(cell) + map.lengthBytes(cell) > (long) map.sealableExtents(shard) * map.extentBytes()) {
                return map.block(cell);
            }
        }
        return Math.max(blockMax, map.firstBlock());
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

    BlockName name(int block) {
        return names[block - firstBlock];
    }

    /** From that block on they are gone. */
    void cut(int block) {
        endBlock = block;
    }

    /** The first block with bytes in that run of extents; {@link #endBlock()} if there is none. */
    int firstBlockIn(long run) {
        int end = map.firstCellOfBlock(endBlock);
        for (int cell = 0; cell < end; cell++) {
            int shard = map.targetShard(cell);
            long from = map.targetOffset(cell);
            long to = from + map.lengthBytes(cell);
            for (int at = runs.runAt(shard, from); at < runs.runCount(shard) && from < to; at++) {
                long start = runs.slabOffset(shard, at, from) / map.extentBytes();
                long pieceEnd = Math.min(to, from + runs.bytesToRunEnd(shard, at, from));
                long last = (runs.slabOffset(shard, at, pieceEnd) - 1) / map.extentBytes();
                if (runs.slab(shard, at) == ExtentRun.slabId(run)
                    && start < ExtentRun.firstExtent(run) + ExtentRun.extentCount(run) && last >= ExtentRun.firstExtent(run)) {
                    return map.block(cell);
                }
                from = pieceEnd;
            }
        }
        return endBlock;
    }

    /** Adds the extents of these blocks to a list a shard: each once. */
    void addRuns(int first, int end, RunList[] into) {
        BitSet[] touched = new BitSet[into.length];
        for (int cell = map.firstCellOfBlock(first); cell < map.firstCellOfBlock(end); cell++) {
            int shard = map.targetShard(cell);
            long from = map.targetOffset(cell);
            touched[shard] = touched[shard] == null ? new BitSet() : touched[shard];
            touched[shard].set((int) (from / map.extentBytes()),
                (int) ((from + map.lengthBytes(cell) - 1) / map.extentBytes()) + 1);
        }
        for (int shard = 0; shard < into.length; shard++) {
            for (int at = touched[shard] == null ? -1 : touched[shard].nextSetBit(0); at >= 0; ) {
                int stretchEnd = touched[shard].nextClearBit(at);
                addRuns(shard, at, stretchEnd, into[shard]);
                at = touched[shard].nextSetBit(stretchEnd);
            }
        }
    }

    /** Linear extents of a shard, as the runs that they lie in. */
    private void addRuns(int shard, int first, int end, RunList into) {
        for (int at = first; at < end; ) {
            long linear = (long) at * map.extentBytes();
            int run = runs.runAt(shard, linear);
            int slabExtent = (int) (runs.slabOffset(shard, run, linear) / map.extentBytes());
            int count = (int) Math.min(end - at, runs.bytesToRunEnd(shard, run, linear) / map.extentBytes());
            into.add(ExtentRun.of(runs.slab(shard, run), slabExtent, count));
            at += count;
        }
    }
}
