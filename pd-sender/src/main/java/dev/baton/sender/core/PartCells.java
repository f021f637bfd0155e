package dev.baton.sender.core;

import java.util.Arrays;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;

/** Which cells of a handoff this process sends: those of its own source shards. Immutable; any thread may ask. */
final class PartCells {
    private final CellMap cells;
    private final ShardRange shards;
    private final boolean isAll;
    private final int count;
    private final int[] countOfBlock;
    private final boolean[] isWriting;

    /** Walks all cells once, where some are another process's. */
    PartCells(CellMap cells, ShardRange shards) {
        this.cells = cells;
        this.shards = shards;
        isAll = shards.count() == cells.sourceShardCount();
        countOfBlock = new int[cells.blockCount()];
        isWriting = new boolean[cells.targetShardCount()];
        count = isAll ? countAll() : countOwn();
    }

    private int countAll() {
        Arrays.fill(isWriting, true);
        for (int block = cells.firstBlock(); block < countOfBlock.length; block++) {
            countOfBlock[block] = cells.firstCellOfBlock(block + 1) - cells.firstCellOfBlock(block);
        }
        return cells.cellCount();
    }

    private int countOwn() {
        int own = 0;
        for (int cell = 0; cell < cells.cellCount(); cell++) {
            if (has(cell)) {
                own++;
                countOfBlock[cells.block(cell)]++;
                isWriting[cells.targetShard(cell)] = true;
            }
        }
        return own;
    }

    boolean has(int cell) {
        return isAll || shards.has(cells.sourceShard(cell));
    }

    int count() {
        return count;
    }

    int countOfBlock(int block) {
        return countOfBlock[block];
    }

    /** Whether any of them goes to that shard. */
    boolean isWriting(int targetShard) {
        return isWriting[targetShard];
    }
}
