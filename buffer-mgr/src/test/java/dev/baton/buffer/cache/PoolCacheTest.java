package dev.baton.buffer.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.tier.Eviction;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.platform.ThreadAllocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes first, step by step; a chain's unit is one extent of one shard here. */
class PoolCacheTest {
    private static final int EXTENTS = 8;

    private final SlabPlan plan = SlabPlan.even(1, EXTENTS * SlabPlan.EXTENT_BYTES);
    private final ExtentLedger ledger = new ExtentLedger(plan);
    private final PoolCacheCounters counters = new PoolCacheCounters();
    private final RunList runs = new RunList(EXTENTS);
    private final List<String> gone = new ArrayList<>();
    private PoolCache<String> cache;
    private int owners;

    @Test
    void shouldTakeAChainFromItsEndAndStopWhereThereIsRoom() {
        open(CacheLimits.of(Eviction.LRU));
        land("a", 4, 1);
        land("b", 4, 1);

        take(2);
        assertEquals(List.of("a3", "a2"), gone);
        take(3);
        assertEquals(List.of("a3", "a2", "a1", "a0", "b3"), gone);
        assertEquals(5, counters.evicted());
        assertEquals(3, counters.units());
    }

    @Test
    void shouldTakeWhatATenantHasBeyondItsShareFirst() {
        open(new CacheLimits(Eviction.LRU, Map.of(2L, 2 * SlabPlan.EXTENT_BYTES), Long.MAX_VALUE));
        land("old", 3, 1);
        land("greedy", 5, 2);
        assertEquals(List.of(), gone, "what nobody else needs it may keep");

        take(2);
        assertEquals(List.of("greedy4", "greedy3"), gone);
        take(2);
        assertEquals(List.of("greedy4", "greedy3", "greedy2", "old2"), gone, "within its share it is one of all");
        assertEquals(3, counters.evictedOverShare());
    }

    @Test
    void shouldTakeFromOthersWhatATenantBeyondItsShareHolds() {
        open(new CacheLimits(Eviction.LRU, Map.of(2L, 0L), Long.MAX_VALUE));
        land("old", 3, 1);
        List<Long> held = land("greedy", 5, 2);
        held.forEach(ledger::hold);

        take(1);
        assertEquals(List.of("old2"), gone);
        held.forEach(ledger::drop);
        take(1);
        assertEquals(List.of("old2", "greedy4"), gone);
    }

    @ParameterizedTest
    @EnumSource
    void shouldAllocateNothingOnceMade(Eviction eviction) {
        open(new CacheLimits(eviction, Map.of(7L, SlabPlan.EXTENT_BYTES), Long.MAX_VALUE));
        long allocatedBytes = Long.MAX_VALUE;
        for (int round = 0; round < 50 && allocatedBytes != 0; round++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 20_000; i++) {
                cycle(i);
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(0, allocatedBytes);
        assertTrue(counters.evicted() > 0, "evicted=" + counters.evicted());
        assertTrue(counters.evictedOverShare() > 0, "over share=" + counters.evictedOverShare());
        assertTrue(cache.bookkeepingBytes() > EXTENTS * 8);
    }

    private void cycle(int i) {
        long owner = ExtentLedger.owner(1, ++owners);
        runs.clear();
        ledger.take(0, 1 + (i & 1), owner, runs);
        cache.request(0, 1, 0);
        int unit = cache.add(0, null, 0, PoolCache.NONE, (i & 3) == 0 ? 7 : 8, i * 0x9e3779b97f4a7c15L);
        for (int r = 0; r < runs.size(); r++) {
            long run = runs.run(r);
            ledger.seal(run, owner);
            for (int e = 0; e < ExtentRun.extentCount(run); e++) {
                cache.extent(unit, ExtentRun.slabId(run), ExtentRun.firstExtent(run) + e);
            }
            ledger.drop(run);
        }
    }

    private void open(CacheLimits limits) {
        cache = new PoolCache<>(plan, limits, (of, block) -> {
            if (of != null) {
                gone.add(of + block);
            }
        }, counters);
        ledger.evictBy(cache);
    }

    private List<Long> land(String name, int units, long tenant) {
        long owner = ExtentLedger.owner(1, ++owners);
        runs.clear();
        assertTrue(ledger.take(0, units, owner, runs));
        List<Long> extents = new ArrayList<>();
        int parent = PoolCache.NONE;
        cache.request(0, units, 0);
        for (int i = 0; i < units; i++) {
            long at = runs.locate(0, runs.size(), i);
            long extent = ExtentRun.of(ExtentRun.slabId(at), ExtentRun.firstExtent(at), 1);
            ledger.seal(extent, owner);
            parent = cache.add(0, name, i, parent, tenant, name.hashCode() * 31L + i);
            cache.extent(parent, ExtentRun.slabId(extent), ExtentRun.firstExtent(extent));
            extents.add(extent);
        }
        extents.reversed().forEach(ledger::drop);
        return extents;
    }

    private void take(int count) {
        runs.clear();
        assertTrue(ledger.take(0, count, ExtentLedger.owner(1, ++owners), runs));
    }
}
