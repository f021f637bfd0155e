package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.Sharding;
import dev.baton.sim.time.Chance;

/**
 * Which processes hold the shards of one receiving instance: the one that allocates is the first, the others lend it their memory.
 *
 * @param shards  of each, in a row
 * @param schemes lanes of each, the best first
 */
record GangPlan(List<ShardRange> shards, List<List<String>> schemes) {
    private static final int PROCESSES_MAX = 3;

    /** How many processes each of so many instances has; the first one is a gang. */
    static int[] sizes(Chance chance, int instances) {
        int[] sizes = new int[instances];
        for (int i = 0; i < instances; i++) {
            sizes[i] = i == 0 ? 2 + chance.below(PROCESSES_MAX - 1) : 1 + chance.below(2);
        }
        return sizes;
    }

    /** Enough for one to each process of any instance. */
    static Sharding sharding(Chance chance, int[] sizes) {
        return Sharding.tensor(sizes[0] > 2 ? 4 : 2 << chance.below(2));
    }

    static GangPlan alone(int shardCount, List<String> schemes) {
        return new GangPlan(List.of(ShardRange.all(shardCount)), List.of(schemes));
    }

    /** Where there are lanes of two kinds, some of the processes have those alone that do not write by themselves. */
    static GangPlan drawn(Chance chance, int size, int shardCount, List<String> schemes) {
        TreeSet<Integer> firsts = new TreeSet<>(List.of(0));
        while (firsts.size() < size) {
            firsts.add(chance.below(shardCount));
        }
        List<ShardRange> shards = new ArrayList<>();
        List<List<String>> lanes = new ArrayList<>();
        for (int first : firsts) {
            Integer next = firsts.higher(first);
            shards.add(new ShardRange(first, next == null ? shardCount - 1 : next - 1));
            lanes.add(schemes.size() > 1 && chance.below(2) == 0 ? List.of(schemes.getLast()) : schemes);
        }
        Collections.swap(shards, 0, chance.below(size));
        return new GangPlan(shards, lanes);
    }

    boolean isGang() {
        return shards.size() > 1;
    }

    /** Processes beside the one that allocates. */
    int lenderCount() {
        return shards.size() - 1;
    }
}
