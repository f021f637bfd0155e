package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;

/**
 * Neighbouring blocks of a request that one handoff landed, as an engine reads them: cells {@link #firstCell()} to
 * {@link #endCell()} of {@link #map()}, exclusive. Cells lie in target order; one cell may lie in several runs of extents.
 * Immutable; any thread may read between take and release, and nobody after.
 */
public final class ReadyBlocks {
    private final CellMap map;
    private final RunMap runs;
    private final SlabPool pool;
    private final int firstCell;
    private final int endCell;
    private final int groups;

    ReadyBlocks(CellMap map, RunMap runs, SlabPool pool, int firstBlock, int endBlock) {
        this(map, runs, pool, firstBlock, endBlock, LandedBlocks.ALL_GROUPS);
    }

    /** @param groups layer groups of which cells are to be read, bit g for group g */
    ReadyBlocks(CellMap map, RunMap runs, SlabPool pool, int firstBlock, int endBlock, int groups) {
        this.map = map;
        this.runs = runs;
        this.pool = pool;
        this.groups = groups;
        firstCell = map.firstCellOfBlock(firstBlock);
        endCell = map.firstCellOfBlock(endBlock);
    }

    /** Of the handoff that landed them: blocks count from the prompt's start, cells and their lengths are its own. */
    public CellMap map() {
        return map;
    }

    public int firstCell() {
        return firstCell;
    }

    public int endCell() {
        return endCell;
    }

    /**
     * Whether the cell is to be read here. Other shards' cells lie with other members of the gang; and of blocks that are held for a layout
     * with windows or states, other layer groups' cells are read elsewhere, or not needed.
     */
    public boolean isHere(int cell) {
        return (groups >>> map.group(cell) & 1) != 0 && pool.hasShard(map.targetShard(cell));
    }

    /** Address of a byte of a cell that is here. */
    public long address(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        int run = runs.runAt(shard, linear);
        return pool.address(runs.slab(shard, run), 0) + runs.slabOffset(shard, run, linear);
    }

    /** Bytes of the cell that lie in a row from that offset. */
    public long contiguousBytes(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        return Math.min(map.lengthBytes(cell) - cellOffset, runs.bytesToRunEnd(shard, runs.runAt(shard, linear),
            linear));
    }
}
