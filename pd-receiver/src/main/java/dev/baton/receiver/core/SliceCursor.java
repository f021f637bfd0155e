package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;

/**
 * Walks what a block is kept as below the pool: each cell in slices of one extent, the last one shorter. A slice is a record
 * of its own, so that it lies in a row in memory wherever extents are scattered: a cell that starts on an extent has
 * each slice in one of them. A cell that is packed with others may have one across the end of a run, which is not in a
 * row. Control agent's thread.
 */
final class SliceCursor {
    private final CellMap map;
    private final RunMap runs;
    private final SlabPool pool;
    private final int endCell;
    private final int groups;
    private int cell;
    private int slice;

    /**
     * Stands at the block's first slice.
     * @param groups layer groups of which cells are walked, bit g for group g
     */
    SliceCursor(CellMap map, RunMap runs, SlabPool pool, int block, int groups) {
        this.map = map;
        this.runs = runs;
        this.pool = pool;
        this.groups = groups;
        endCell = map.firstCellOfBlock(block + 1);
        cell = nextCell(map.firstCellOfBlock(block));
    }

    /** Behind the last one. */
    boolean isAtEnd() {
        return cell >= endCell;
    }

    void next() {
        slice++;
        if ((long) slice * map.extentBytes() >= map.lengthBytes(cell)) {
            cell = nextCell(cell + 1);
            slice = 0;
        }
    }

    private int nextCell(int from) {
        int next = from;
        while (next < endCell && (groups >>> map.group(next) & 1) == 0) {
            next++;
        }
        return next;
    }

    int cell() {
        return cell;
    }

    int slice() {
        return slice;
    }

    int shard() {
        return map.targetShard(cell);
    }

    /** The extent that it begins in, from the start of the shard's linear space. */
    int firstExtent() {
        return (int) (linear() / map.extentBytes());
    }

    /** The one that it ends in; the same where its cell starts on an extent. */
    int lastExtent() {
        return (int) ((linear() + lengthBytes() - 1) / map.extentBytes());
    }

    int lengthBytes() {
        return (int) Math.min(map.extentBytes(), map.lengthBytes(cell) - (long) slice * map.extentBytes());
    }

    /** Whether it lies in a row: else it has no address. */
    boolean isInARow() {
        int shard = map.targetShard(cell);
        return runs.bytesToRunEnd(shard, runs.runAt(shard, linear()), linear()) >= lengthBytes();
    }

    long address() {
        int shard = map.targetShard(cell);
        int run = runs.runAt(shard, linear());
        return pool.address(runs.slab(shard, run), 0) + runs.slabOffset(shard, run, linear());
    }

    private long linear() {
        return map.targetOffset(cell) + (long) slice * map.extentBytes();
    }
}
