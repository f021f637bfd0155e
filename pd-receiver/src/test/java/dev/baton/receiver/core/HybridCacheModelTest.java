package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
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
import dev.baton.memory.RunList;

/**
 * Random prompts of a tree of conversations land, are found, pinned, evicted. Whatever is found has each block that each layer group needs, once,
 * and in memory the bytes of that tenant, key, group and shard, as long as it is pinned; also where its parts come from several
 * landings, share extents with others, and what is around them goes.
 */
class HybridCacheModelTest {
    private static final int BLOCK_TOKENS = 16;
    private static final int EXTENT_BYTES = 4096;
    private static final int EXTENTS = 60;
    private static final int BLOCKS_MAX = 9;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    @SuppressWarnings("ArrayRecordComponent")   // never compared
    private record Pinned(RunList[] runs, List<ReadyBlocks> blocks, long tenant, List<BlockKey> keys) {}

    private final MemoryLedger memory = new MemoryLedger();
    private ExtentLedger extents;
    private SlabPool pool;
    private BlockCache cache;
    private ShardPairing self;
    private int owners;

    private static KvLayout layout(String groups) {
        LayerGroup full = LayerGroup.attention("full", 1, 2, 16, ElementType.BF16);
        List<LayerGroup> all = new ArrayList<>();
        for (String group : groups.split(",", -1)) {
            all.add(switch (group) {
                case "full" -> full;
                case "small" -> LayerGroup.latent("small", 1, 20, 0, ElementType.FP8_E4M3, 1);
                case "window" -> LayerGroup.attention("window", 2, 2, 16, ElementType.BF16).withWindow(40);
                case "wide" -> LayerGroup.attention("wide", 1, 2, 24, ElementType.BF16).withWindow(64);
                default -> LayerGroup.state("state", 3, 2, 700, ElementType.FP32);
            });
        }
        return new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, BLOCK_TOKENS, all);
    }

    private static long tag(long tenant, BlockKey key, int group, int shard) {
        return TenantKey.of(tenant, key).hash() * 31 + group * 7L + shard + 1;
    }

    private static void eachTag(ReadyBlocks blocks, int cell, long tag, boolean isWrite, String where) {
        long length = blocks.map().lengthBytes(cell);
        for (long at = 0; at + 8 <= length; at += 64) {
            long address = blocks.address(cell, at);
            if (isWrite) {
                ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, tag + at);
            } else {
                assertEquals(tag + at, ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address), where);
            }
        }
    }

    private static List<BlockKey> prompt(SplittableRandom random, int blocks) {
        List<BlockKey> keys = new ArrayList<>();
        long path = 0;
        for (int block = 0; block < blocks; block++) {
            path = path * 2 + (random.nextInt(4) == 0 ? 1 : 0);
            keys.add(new BlockKey(block, path, 0, 1));
        }
        return keys;
    }

    @ParameterizedTest
    @ValueSource(strings = {"full,window", "full,state", "small,full,window,wide,state", "window", "state", "full,small"})
    void shouldFindTheRightBytesOfEachGroupOrNone(String groups) {
        long seed = 20261121;
        SplittableRandom random = new SplittableRandom(seed);
        ShardedLayout local = new ShardedLayout(layout(groups), Sharding.tensor(2));
        self = ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding());
        SlabPlan plan = SlabPlan.even(2, (long) EXTENTS * EXTENT_BYTES, EXTENT_BYTES, 0);
        pool = SlabPool.open(memory, "test-pool", plan, null, 1);
        extents = new ExtentLedger(plan);
        cache = new BlockCache(local, extents, CacheLimits.DEFAULT, new PoolCacheCounters());
        List<Pinned> pinned = new ArrayList<>();
        int hits = 0;
        int mixed = 0;
        int landings = 0;
        for (int step = 0; step < 4000; step++) {
            String where = groups + " seed=" + seed + " step=" + step;
            long tenant = random.nextInt(8) == 0 ? 2 : 1;
            int tokens = 1 + random.nextInt(BLOCKS_MAX * BLOCK_TOKENS);
            tokens = random.nextInt(3) == 0 ? Math.ceilDiv(tokens, BLOCK_TOKENS) * BLOCK_TOKENS : tokens;
            int blockCount = Math.ceilDiv(tokens, BLOCK_TOKENS);
            List<BlockKey> keys = prompt(random, tokens / BLOCK_TOKENS);
            HeldBlocks held = cache.find(tenant, keys, 0, blockCount - 1, tokens);
            Pinned found = new Pinned(held.runs(2), held.ready(pool), tenant, keys);
            verify(found, held.endBlock(), tokens, where);
            hits += held.count() > 0 ? 1 : 0;
            mixed += found.blocks().stream().map(ReadyBlocks::map).distinct().count() > 1 ? 1 : 0;
            forEach(found.runs(), true);
            pinned.add(found);
            if (!keys.isEmpty() && random.nextBoolean()) {
                landings += land(tenant, keys, random.nextInt(4) == 0 ? 0 : Math.min(held.endBlock(), keys.size() - 1), where) ? 1 : 0;
            }
            while (pinned.size() > 3) {
                Pinned oldest = pinned.remove(random.nextInt(pinned.size()));
                verifyBytes(oldest, where + " pinned");
                forEach(oldest.runs(), false);
            }
        }
        assertTrue(hits > 100 && landings > 500, "hits=" + hits + " landings=" + landings);
        assertTrue(!groups.contains("full,window") || mixed > 20, "of several landings: " + mixed);
        pinned.forEach(one -> forEach(one.runs(), false));
        pool.close();
        assertTrue(memory.isEmpty(), memory::toString);
    }

    /** As many blocks as it has keys, those from {@code first} on written, then found. */
    private boolean land(long tenant, List<BlockKey> keys, int first, String where) {
        CellMap map = CellMap.ofTarget(self, keys.size() * BLOCK_TOKENS, 0, first * BLOCK_TOKENS, EXTENT_BYTES);
        LoadStretch stretch = LoadStretch.takeOrNull(map, extents, pool, ExtentLedger.owner(LoadStretch.OWNER_SLOT, ++owners));
        if (stretch == null) {
            return false;
        }
        ReadyBlocks ready = stretch.ready();
        TenantKey[] names = new TenantKey[keys.size() - first];
        for (int i = 0; i < names.length; i++) {
            names[i] = TenantKey.of(tenant, keys.get(first + i));
        }
        for (int cell = ready.firstCell(); cell < ready.endCell(); cell++) {
            eachTag(ready, cell, tag(tenant, keys.get(map.block(cell)), map.group(cell), map.targetShard(cell)), true, where);
        }
        stretch.seal(names, blocks -> cache.written(blocks, first == 0 ? null : TenantKey.of(tenant, keys.get(first - 1))));
        stretch.free();
        if (first == 0) {
            assertEquals(keys.size(), cache.find(tenant, keys, 0, keys.size()).endBlock(), where + ": just landed, whole");
        }
        return true;
    }

    /** Each block of each group that the prompt needs of what is found, once; and its bytes. */
    private void verify(Pinned found, int end, int tokens, String where) {
        Set<List<Integer>> expected = new HashSet<>();
        CellMap whole = CellMap.ofTarget(self, tokens, 0, 0, EXTENT_BYTES);
        for (int cell = 0; cell < whole.firstCellOfBlock(end); cell++) {
            expected.add(List.of(whole.block(cell), whole.group(cell), whole.targetShard(cell)));
        }
        for (ReadyBlocks blocks : found.blocks()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                if (blocks.isHere(cell)) {
                    CellMap map = blocks.map();
                    assertTrue(expected.remove(List.of(map.block(cell), map.group(cell), map.targetShard(cell))), where + " cell=" + cell);
                }
            }
        }
        assertTrue(expected.isEmpty(), where + " missing=" + expected);
        verifyBytes(found, where);
    }

    private static void verifyBytes(Pinned found, String where) {
        for (ReadyBlocks blocks : found.blocks()) {
            CellMap map = blocks.map();
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                if (blocks.isHere(cell)) {
                    eachTag(blocks, cell, tag(found.tenant(), found.keys().get(map.block(cell)), map.group(cell), map.targetShard(cell)), false, where);
                }
            }
        }
    }

    private void forEach(RunList[] perShard, boolean isHold) {
        for (RunList runs : perShard) {
            for (int i = 0; i < runs.size(); i++) {
                if (isHold) {
                    extents.hold(runs.run(i));
                } else {
                    extents.drop(runs.run(i));
                }
            }
        }
    }
}
