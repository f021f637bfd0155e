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

    ReadyBlocks(CellMap map, RunMap runs, SlabPool pool, int firstBlock, int endBlock) {
        this.map = map;
        this.runs = runs;
        this.pool = pool;
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

    /** Whether the cell lies in this process; other shards' cells lie with other members of the gang. */
    public boolean isHere(int cell) {
        return pool.hasShard(map.targetShard(cell));
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
