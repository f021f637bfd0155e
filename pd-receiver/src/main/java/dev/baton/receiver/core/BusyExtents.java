package dev.baton.receiver.core;

import dev.baton.kv.CellMap;

/**
 * The extents of one stretch that I/O of the tier below may write to now, at most so many of each shard: what a device that hangs can keep.
 * Extents count from the start of the shard's linear space. Control agent's thread.
 */
final class BusyExtents {
    private final int[][] loads;
    private final int[] counts;
    private final int[] countMax;

    /** @param countMax one a shard */
    BusyExtents(CellMap map, int[] countMax) {
        this.countMax = countMax.clone();
        counts = new int[countMax.length];
        loads = new int[countMax.length][];
        for (int shard = 0; shard < loads.length; shard++) {
            loads[shard] = new int[map.extents(shard)];
        }
    }

    int countMax(int shard) {
        return countMax[shard];
    }

    boolean isBusy(int shard, int extent) {
        return loads[shard][extent] > 0;
    }

    /** Whether one more load may write to these, the last one included. */
    boolean hasRoom(int shard, int first, int last) {
        int more = 0;
        for (int extent = first; extent <= last; extent++) {
            more += loads[shard][extent] == 0 ? 1 : 0;
        }
        return counts[shard] + more <= countMax[shard];
    }

    void begun(int shard, int first, int last) {
        for (int extent = first; extent <= last; extent++) {
            counts[shard] += loads[shard][extent]++ == 0 ? 1 : 0;
        }
    }

    void returned(int shard, int first, int last) {
        for (int extent = first; extent <= last; extent++) {
            counts[shard] -= --loads[shard][extent] == 0 ? 1 : 0;
        }
    }
}
