package dev.baton.buffer.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.buffer.tier.Eviction;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A ledger and the cache of its pool, under random requests, against a model of sets: requests of chains that grow and fork, their extents over two
 * shards, some of a unit in one shard only; pinned, let go of in part, and pinned again behind a parent that nobody holds.
 */
class PoolCacheModelTest {
    private static final int EXTENTS = 48;
    private static final int SHARDS = 2;
    private static final int STEPS = 1_500;

    /** What landed together. */
    private static final class Landed {
        final List<Unit> units = new ArrayList<>();
    }

    private static final class Unit {
        final Landed of;
        final int firstBlock;
        final int number;
        final Unit parent;
        final RunList runs = new RunList(8);
        boolean isGone;
        int holders = 1;

        Unit(Landed of, int firstBlock, int number, Unit parent) {
            this.of = of;
            this.firstBlock = firstBlock;
            this.number = number;
            this.parent = parent;
        }
    }

    private final SlabPlan plan = new SlabPlan(new long[] {EXTENTS * 4096L, EXTENTS * 4096L}, 4096, 20 * 4096, 3, Tier.DRAM);
    private final ExtentLedger ledger = new ExtentLedger(plan);
    private final PoolCacheCounters counters = new PoolCacheCounters();
    private final Map<Long, Unit> byExtent = new HashMap<>();
    private final List<Unit> live = new ArrayList<>();
    /** Those too that cannot be found any more, and that somebody still holds. */
    private final List<Unit> all = new ArrayList<>();
    private final List<List<Unit>> pins = new ArrayList<>();
    private SplittableRandom random;
    private PoolCache<Landed> cache;
    private int owners;
    private int goneWhileHeld;

    @ParameterizedTest
    @EnumSource
    void shouldAgreeWithAModelWhateverTheStepsAre(Eviction eviction) {
        long seed = 20_261_121L + eviction.name().hashCode();
        System.out.println("seed=" + seed + " eviction=" + eviction.label());
        random = new SplittableRandom(seed);
        cache = new PoolCache<>(plan, CacheLimits.of(eviction), this::gone, counters);
        ledger.evictBy(cache);
        int grants = 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> grants += request() ? 1 : 0;
                case 3, 4, 5 -> letGo();
                case 6 -> pinOne();
                default -> takeAndFree();
            }
            check();
        }
        assertTrue(grants > STEPS / 8, "grants=" + grants);
        assertTrue(counters.evicted() > 50, "evicted=" + counters.evicted());
        System.out.println("grants=" + grants + " evicted=" + counters.evicted() + " asOldest=" + counters.evictedAsOldest() +
            " deadRuns=" + counters.deadRuns() + " goneWhileHeld=" + goneWhileHeld);
    }

    /** A chain that is here, or none, is pinned, and goes on by some units; then they land. */
    private boolean request() {
        List<Unit> held = live.isEmpty() || random.nextInt(4) == 0 ? new ArrayList<>() : chainTo(live.get(random.nextInt(live.size())));
        int units = 1 + random.nextInt(4);
        int[][] extents = new int[units][SHARDS];
        int[] wanted = new int[SHARDS];
        for (int[] unit : extents) {
            unit[0] = 1 + random.nextInt(2);
            unit[1] = random.nextInt(3);
            wanted[0] += unit[0];
            wanted[1] += unit[1];
        }
        held.forEach(this::hold);
        RunList[] taken = {new RunList(8), new RunList(8)};
        long owner = ExtentLedger.owner(1, ++owners);
        for (int shard = 0; shard < SHARDS; shard++) {
            int room = ledger.freeCount(shard) + idle(shard);
            assertEquals(room, ledger.availableCount(shard));
            if (room < wanted[shard]) {
                for (int i = 0; i < shard; i++) {
                    forEach(taken[i], run -> ledger.release(run, owner));
                }
                held.forEach(this::drop);
                return false;
            }
            assertTrue(wanted[shard] == 0 || ledger.take(shard, wanted[shard], owner, taken[shard]), "a grant never waits while there is idle cache");
            requireNobodys(taken[shard]);
        }
        land(held, extents, taken, owner);
        return true;
    }

    private void land(List<Unit> held, int[][] extents, RunList[] taken, long owner) {
        cache.request(0, held.size() + extents.length, held.size());
        held.stream().filter(unit -> !unit.isGone).forEach(unit -> cache.hit(unit.number));
        Landed landed = new Landed();
        Unit parent = held.isEmpty() || held.getLast().isGone ? null : held.getLast();
        int[] used = new int[SHARDS];
        int block = held.size();
        List<Unit> pinned = new ArrayList<>(held);
        for (int[] ofUnit : extents) {
            int number = cache.add(0, landed, block, parent == null ? PoolCache.NONE : parent.number, 7, random.nextLong());
            Unit unit = new Unit(landed, block++, number, parent);
            for (int shard = 0; shard < SHARDS; shard++) {
                for (int i = 0; i < ofUnit[shard]; i++) {
                    long at = taken[shard].locate(0, taken[shard].size(), used[shard]++);
                    long extent = ExtentRun.of(ExtentRun.slabId(at), ExtentRun.firstExtent(at), 1);
                    ledger.seal(extent, owner);
                    cache.extent(number, ExtentRun.slabId(extent), ExtentRun.firstExtent(extent));
                    unit.runs.add(extent);
                    byExtent.put(extent, unit);
                }
            }
            landed.units.add(unit);
            live.add(unit);
            all.add(unit);
            pinned.add(unit);
            parent = unit;
        }
        pins.add(pinned);
    }

    private void letGo() {
        if (!pins.isEmpty()) {
            List<Unit> pinned = pins.remove(random.nextInt(pins.size()));
            pinned.reversed().forEach(this::drop);
        }
    }

    /** As what is written to a tier below: without those before it. */
    private void pinOne() {
        if (!live.isEmpty() && random.nextInt(3) == 0) {
            Unit unit = live.get(random.nextInt(live.size()));
            hold(unit);
            pins.add(List.of(unit));
        }
    }

    /** What goes without landing leaves nothing. */
    private void takeAndFree() {
        int shard = random.nextInt(SHARDS);
        int count = 1 + random.nextInt(6);
        RunList runs = new RunList(8);
        long owner = ExtentLedger.owner(1, ++owners);
        boolean isThere = ledger.freeCount(shard) + idle(shard) >= count;
        assertEquals(isThere, ledger.take(shard, count, owner, runs));
        requireNobodys(runs);
        forEach(runs, run -> ledger.release(run, owner));
    }

    private void gone(Landed of, int firstBlock) {
        Unit unit = of.units.stream().filter(each -> each.firstBlock == firstBlock).findFirst().orElseThrow();
        assertFalse(unit.isGone, "a unit goes once");
        assertTrue(of.units.stream().allMatch(each -> each.firstBlock <= firstBlock || each.isGone), "of what landed together the end goes first");
        unit.isGone = true;
        live.remove(unit);
        if (unit.holders == 0) {
            all.remove(unit);
        }
        goneWhileHeld += unit.holders > 0 ? 1 : 0;
        assertTrue(unit.holders == 0 || (unit.parent != null && unit.parent.of == of), "only what is behind another goes while it is held");
        forEach(unit.runs, byExtent::remove);
    }

    private void check() {
        ledger.checkInvariants();
        assertEquals(live.size(), counters.units());
        for (List<Unit> pinned : pins) {
            for (Unit unit : pinned) {
                for (int i = 0; i < unit.runs.size(); i++) {
                    long run = unit.runs.run(i);
                    assertEquals(ExtentState.SEALED, ledger.state(ExtentRun.slabId(run), ExtentRun.firstExtent(run)));
                    assertTrue(ledger.holderCount(ExtentRun.slabId(run), ExtentRun.firstExtent(run)) > 0);
                }
            }
        }
    }

    private List<Unit> chainTo(Unit last) {
        List<Unit> chain = new ArrayList<>();
        for (Unit unit = last; unit != null; unit = unit.parent) {
            if (unit.isGone) {
                return new ArrayList<>();   // a hole: nothing of it is found
            }
            chain.addFirst(unit);
        }
        return chain;
    }

    private int idle(int shard) {
        return (int) ledger.counts().count(shard, ExtentState.SEALED) - heldExtents(shard);
    }

    private int heldExtents(int shard) {
        return all.stream().filter(unit -> unit.holders > 0).mapToInt(unit -> extentsIn(unit, shard)).sum();
    }

    private int extentsIn(Unit unit, int shard) {
        int count = 0;
        for (int i = 0; i < unit.runs.size(); i++) {
            count += plan.shard(ExtentRun.slabId(unit.runs.run(i))) == shard ? 1 : 0;
        }
        return count;
    }

    private void hold(Unit unit) {
        unit.holders++;
        forEach(unit.runs, ledger::hold);
    }

    private void drop(Unit unit) {
        unit.holders--;
        forEach(unit.runs, ledger::drop);
        if (unit.holders == 0 && unit.isGone) {
            all.remove(unit);
        }
    }

    private void requireNobodys(RunList taken) {
        forEach(taken, run -> {
            for (int i = 0; i < ExtentRun.extentCount(run); i++) {
                long extent = ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + i, 1);
                assertFalse(byExtent.containsKey(extent), "what can be found is nobody else's");
            }
        });
    }

    private static void forEach(RunList runs, LongConsumer step) {
        for (int i = runs.size() - 1; i >= 0; i--) {
            step.accept(runs.run(i));
        }
    }
}
