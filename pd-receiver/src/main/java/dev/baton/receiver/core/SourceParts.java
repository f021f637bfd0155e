package dev.baton.receiver.core;

import java.util.Arrays;

import dev.baton.kv.CellMap;

/**
 * Which part of a handoff brings which cell: each sending process brings the cells of its source shards. Where a cell
 * belongs is fixed from the start, and any thread may ask; what is counted over all cells is counted when it is first
 * asked for, by the control agent alone.
 */
public final class SourceParts {
    private static final int NOBODY = -1;

    private final CellMap map;
    private final int count;
    /** Null where one part brings every shard. */
    private final int[] partOfShard;
    private int[] cellCounts;
    private long[] byteCounts;
    private boolean[][] isWritten;

    private SourceParts(CellMap map, int count, int[] partOfShard) {
        this.map = map;
        this.count = count;
        this.partOfShard = partOfShard;
    }

    /** One process brings all shards. */
    public static SourceParts one(CellMap map) {
        return new SourceParts(map, 1, null);
    }

    /**
     * Several processes, each with the shards that it named.
     *
     * @param count       of parts, 2 or more
     * @param partOfShard one a source shard: who brings it
     */
    public static SourceParts of(CellMap map, int count, int[] partOfShard) {
        return new SourceParts(map, count, partOfShard.clone());
    }

    /** The same processes, of another map of the same two sides. */
    SourceParts of(CellMap other) {
        return new SourceParts(other, count, partOfShard);
    }

    /** For the shards that nobody named yet. */
    static int[] unnamed(int sourceShardCount) {
        int[] parts = new int[sourceShardCount];
        Arrays.fill(parts, NOBODY);
        return parts;
    }

    /** The first shard that nobody brings, or -1. */
    static int unnamedShard(int[] partOfShard) {
        for (int shard = 0; shard < partOfShard.length; shard++) {
            if (partOfShard[shard] == NOBODY) {
                return shard;
            }
        }
        return NOBODY;
    }

    public int count() {
        return count;
    }

    /** The part that brings that source shard. */
    int partOfShard(int sourceShard) {
        return partOfShard == null ? 0 : partOfShard[sourceShard];
    }

    /** The part that brings this cell. */
    public int partOf(int cell) {
        return partOfShard == null ? 0 : partOfShard[map.sourceShard(cell)];
    }

    /** Cells that this part brings. */
    int cellCount(int part) {
        if (partOfShard == null) {
            return map.cellCount();
        }
        measure();
        return cellCounts[part];
    }

    long byteCount(int part) {
        if (partOfShard == null) {
            return map.totalBytes();
        }
        measure();
        return byteCounts[part];
    }

    /** Whether this part has cells for that shard; one that brings everything is told of every shard. */
    boolean isWriting(int part, int targetShard) {
        if (partOfShard == null) {
            return true;
        }
        measure();
        return isWritten[part][targetShard];
    }

    private void measure() {
        if (cellCounts != null) {
            return;
        }
        cellCounts = new int[count];
        byteCounts = new long[count];
        isWritten = new boolean[count][map.targetShardCount()];
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int part = partOf(cell);
            cellCounts[part]++;
            byteCounts[part] += map.lengthBytes(cell);
            isWritten[part][map.targetShard(cell)] = true;
        }
    }
}
