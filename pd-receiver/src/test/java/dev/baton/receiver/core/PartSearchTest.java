package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;

/**
 * Random parts of a prompt's blocks lie in a pool and below it: the longest count is that of the definition, what is to be loaded is what that
 * needs and the pool has not, each part once, and once it is there the pool alone has that count.
 */
class PartSearchTest {
    private static final int BLOCK_TOKENS = 16;
    private static final int EXTENT_BYTES = 4096;
    private static final int BLOCKS_MAX = 12;
    /** So many steps fit into the pool: nothing is evicted. */
    private static final int STEPS_OF_POOL = 40;
    private static final int EXTENTS = 4000;
    private static final long TENANT = 1;

    private final MemoryLedger memory = new MemoryLedger();
    private SlabPool pool;
    private ExtentLedger extents;
    private BlockCache cache;
    private ShardPairing self;
    private int owners;

    private static KvLayout layout(String groups) {
        List<LayerGroup> all = new ArrayList<>();
        for (String group : groups.split(",", -1)) {
            all.add(switch (group) {
                case "full" -> LayerGroup.attention("full", 1, 2, 16, ElementType.BF16);
                case "small" -> LayerGroup.latent("small", 1, 20, 0, ElementType.FP8_E4M3, 1);
                case "window" -> LayerGroup.attention("window", 2, 2, 16, ElementType.BF16).withWindow(40);
                default -> LayerGroup.state("state", 3, 2, 700, ElementType.FP32);
            });
        }
        return new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, BLOCK_TOKENS, all);
    }

    private void open(ShardedLayout local) {
        self = ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding());
        SlabPlan plan = SlabPlan.even(2, (long) EXTENTS * EXTENT_BYTES, EXTENT_BYTES, 0);
        pool = SlabPool.open(memory, "test-pool", plan, null, 1);
        extents = new ExtentLedger(plan);
        cache = new BlockCache(local, extents, CacheLimits.DEFAULT, new PoolCacheCounters());
    }

    private static List<BlockKey> prompt(int number, int blocks) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            keys.add(new BlockKey(block, number, 0, 1));
        }
        return keys;
    }

    /** What that part has of these blocks comes to lie in the pool, apart from all else. */
    private void load(List<BlockKey> keys, int part, int first, int end) {
        CellMap map = CellMap.ofGroups(self, cache.rule().groups(part), first, end, EXTENT_BYTES);
        LoadStretch stretch = LoadStretch.takeOrNull(map, extents, pool, ExtentLedger.owner(LoadStretch.OWNER_SLOT, ++owners));
        TenantKey[] names = new TenantKey[end - first];
        for (int i = 0; i < names.length; i++) {
            names[i] = TenantKey.of(TENANT, keys.get(first + i));
        }
        stretch.seal(names, blocks -> cache.loaded(blocks, first == 0 ? null : TenantKey.of(TENANT, keys.get(first - 1))));
        stretch.free();
    }

    /** The first block of that part that is needed for that count: to go on from it, or to read a prompt of so many tokens that goes on behind it. */
    private static int needed(HitRule rule, int part, int count, int promptTokens) {
        if (promptTokens == 0 || !rule.hasFull()) {
            return rule.firstBlock(part, count * BLOCK_TOKENS);
        }
        return rule.isState(part) ? count : rule.firstBlock(part, promptTokens);
    }

    private boolean isEnough(HitRule rule, Set<List<Integer>> there, int count, int promptTokens) {
        for (int part = 0; part < rule.partCount(); part++) {
            for (int block = needed(rule, part, count, promptTokens); rule.groups(part) != 0 && block < count; block++) {
                if (!there.contains(List.of(part, block))) {
                    return false;
                }
            }
        }
        return true;
    }

    private int longest(HitRule rule, Set<List<Integer>> there, int blocks, int promptTokens) {
        int count = blocks;
        while (count > 0 && !isEnough(rule, there, count, promptTokens)) {
            count--;
        }
        return count;
    }

    @ParameterizedTest
    @ValueSource(strings = {"full,window", "full,state", "small,full,window,state", "window", "state,window"})
    void shouldFindTheLongestCountAndLoadWhatItNeeds(String groups) {
        long seed = 20261122;
        SplittableRandom random = new SplittableRandom(seed);
        int longer = 0;
        int losses = 0;
        for (int step = 0; step < 1000; step++) {
            if (step % STEPS_OF_POOL == 0) {
                close();
                open(new ShardedLayout(layout(groups), Sharding.tensor(2)));
            }
            HitRule rule = cache.rule();
            String where = groups + " seed=" + seed + " step=" + step;
            int blocks = 1 + random.nextInt(BLOCKS_MAX);
            List<BlockKey> keys = prompt(step, blocks);
            Set<List<Integer>> here = new HashSet<>();
            Set<List<Integer>> below = new HashSet<>();
            int often = 1 + random.nextInt(12);
            for (int part = 0; part < rule.partCount(); part++) {
                for (int block = 0; rule.groups(part) != 0 && block < blocks; block++) {
                    if (random.nextInt(3) == 0) {
                        load(keys, part, block, block + 1);
                        here.add(List.of(part, block));
                    }
                    if (random.nextInt(12) < often || random.nextInt(3) == 0) {
                        below.add(List.of(part, block));
                    }
                }
            }
            Set<List<Integer>> there = new HashSet<>(here);
            there.addAll(below);
            CellMap whole = CellMap.ofTarget(self, blocks * BLOCK_TOKENS, 0, 0, EXTENT_BYTES);
            Promotion promotion = new Promotion(whole, keys, TENANT, () -> {}, true, 0);
            int tokens = random.nextBoolean() ? 0 : blocks * BLOCK_TOKENS + 1 + random.nextInt(60);
            PartSearch search = new PartSearch(cache, new HashSet<>(), promotion, tokens);
            int goal = goal(search, below, random);
            assertEquals(longest(rule, there, blocks, tokens), goal, where + " tokens=" + tokens);
            int poolAlone = cache.find(TENANT, keys, 0, blocks, tokens).count();
            longer += goal > poolAlone ? 1 : 0;
            Set<List<Integer>> loaded = new HashSet<>();
            for (PartSearch.Run run = search.nextOrNull(1 + random.nextInt(3)); run != null; run = search.nextOrNull(1 + random.nextInt(3))) {
                assertTrue(run.end() > run.first(), where);
                if (random.nextInt(8) == 0) {                // found, and then it does not come
                    below.remove(List.of(run.part(), run.first()));
                    there.remove(List.of(run.part(), run.first()));
                    search.lost(run.part(), run.first());
                    goal = goal(search, below, random);
                    assertEquals(longest(rule, there, blocks, tokens), goal, where + " after a loss");
                    losses++;
                    continue;
                }
                for (int block = run.first(); block < run.end(); block++) {
                    List<Integer> one = List.of(run.part(), block);
                    assertTrue(below.contains(one) && !here.contains(one) && loaded.add(one), where + " " + one);
                    assertTrue(block >= needed(rule, run.part(), goal, tokens) && block < goal, where + " not needed: " + one);
                }
                load(keys, run.part(), run.first(), run.end());
            }
            assertEquals(Math.max(goal, poolAlone), cache.find(TENANT, keys, 0, blocks, tokens).count(), where);
        }
        assertTrue(longer > 100 && losses > 100, "longer with what lies below: " + longer + " losses=" + losses);
        close();
        assertTrue(memory.isEmpty(), memory::toString);
    }

    private void close() {
        if (pool != null) {
            pool.close();
        }
    }

    /** Answers come late, in any order, and the store takes only so many questions. */
    private static int goal(PartSearch search, Set<List<Integer>> below, SplittableRandom random) {
        ArrayDeque<List<Integer>> asked = new ArrayDeque<>();
        for (int cycle = 0; cycle < 1000; cycle++) {
            int[] room = {1 + random.nextInt(4)};
            int goal = search.goal((part, block) -> {
                if (room[0]-- <= 0) {
                    return BlockStore.BACK_PRESSURED;
                }
                asked.add(List.of(part, block));
                return BlockStore.ACCEPTED;
            });
            if (goal != PartSearch.UNKNOWN) {
                return goal;
            }
            while (!asked.isEmpty()) {
                List<Integer> one = random.nextBoolean() ? asked.pollFirst() : asked.pollLast();
                search.found(one.getFirst(), one.getLast(), below.contains(one));
            }
        }
        throw new AssertionError("no end of questions");
    }
}
