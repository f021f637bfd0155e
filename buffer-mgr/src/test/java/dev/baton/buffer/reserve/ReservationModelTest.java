package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.PoolStats;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random lives of reservations against a model that is only sets and counts. The seed is in every message. */
class ReservationModelTest {
    private static final int SHARDS = 3;
    private static final int EXTENTS = 60;

    /** What the model knows of one reservation. */
    private static final class Life {
        final Reservation reservation;
        final int[] asked;
        final int[] sealed = new int[SHARDS];

        Life(Reservation reservation, int[] asked) {
            this.reservation = reservation;
            this.asked = asked;
        }
    }

    private final ReservationLedger ledger = new ReservationLedger(new ExtentLedger(new SlabPlan(
        new long[] {EXTENTS * 4096L, EXTENTS * 4096L, EXTENTS * 4096L}, 4096, 25 * 4096, 4, Tier.DRAM)), 77, 32);
    private final List<Life> lives = new ArrayList<>();
    private final int[] idle = new int[SHARDS];
    private final int[] held = new int[SHARDS];
    private final int[] quarantined = new int[SHARDS];

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void shouldAgreeWithANaiveModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Set<Long> ids = new HashSet<>();
        ledger.extents().evictBy(new ToldEviction(ledger.extents().plan(), (shard, run) -> idle[shard] -= ExtentRun.extentCount(run)));
        int grants = 0;
        int refusals = 0;
        for (int step = 0; step < 3000; step++) {
            String where = "seed=" + seed + " step=" + step;
            if (random.nextInt(100) < 45 && ledger.placesLeft() > 0) {
                int[] asked = new int[SHARDS];
                for (int shard = 0; shard < SHARDS; shard++) {
                    asked[shard] = random.nextInt(shard == 0 ? 1 : 0, random.nextInt(10) == 0 ? EXTENTS + 1 : 12);
                }
                Reservation opened = ledger.open(1, 2, step, 0, asked);
                assertTrue(ids.add(opened.id()), where);
                boolean fits = true;
                for (int shard = 0; shard < SHARDS; shard++) {
                    fits &= EXTENTS - held[shard] - quarantined[shard] >= asked[shard];
                }
                assertEquals(fits, ledger.tryGrant(opened), where);
                if (fits) {
                    grants++;
                    for (int shard = 0; shard < SHARDS; shard++) {
                        held[shard] += asked[shard];
                    }
                    lives.add(new Life(opened, asked));
                } else {
                    refusals++;
                    ledger.close(opened, ReservationState.REJECTED);
                }
            } else if (!lives.isEmpty()) {
                advance(lives.get(random.nextInt(lives.size())), random);
            }
            compare(where);
        }
        assertTrue(grants > 100 && refusals > 20, "seed=" + seed + " grants=" + grants + " refusals=" + refusals);
        assertTrue(ledger.counters().extentsEvicted() > 0, "seed=" + seed + " nothing was evicted");
        assertTrue(ledger.counters().reservations(ReservationState.ABORTED) > 0, "seed=" + seed);
        assertTrue(ledger.counters().reservations(ReservationState.RELEASED) > 0, "seed=" + seed);
    }

    private void advance(Life life, SplittableRandom random) {
        Reservation at = life.reservation;
        boolean goesWell = random.nextInt(10) < 7;
        switch (at.state()) {
            case GRANTED -> {
                if (goesWell) {
                    ledger.reveal(at);
                    ledger.step(at, ReservationState.RECEIVING);
                } else {
                    end(life, ReservationState.ABORTED);
                }
            }
            case RECEIVING -> ledger.step(at, goesWell ? ReservationState.VERIFYING : ReservationState.REVOKING);
            case VERIFYING -> {
                if (goesWell) {
                    sealSome(life, random);
                    ledger.step(at, ReservationState.READY);
                } else {
                    ledger.step(at, ReservationState.REVOKING);
                }
            }
            case READY -> ledger.step(at, ReservationState.TAKEN);
            case TAKEN -> end(life, ReservationState.RELEASED);
            case REVOKING -> ledger.step(at, goesWell ? ReservationState.FENCED : ReservationState.FENCING);
            case FENCING -> {
                ledger.quarantine(at);
                for (int shard = 0; shard < SHARDS; shard++) {
                    held[shard] -= life.asked[shard];
                    quarantined[shard] += life.asked[shard];
                }
            }
            case QUARANTINED -> {
                ledger.confirmFenced(at);
                for (int shard = 0; shard < SHARDS; shard++) {
                    quarantined[shard] -= life.asked[shard];
                    held[shard] += life.asked[shard];
                }
            }
            case FENCED -> {
                sealSome(life, random);
                end(life, ReservationState.ABORTED);
            }
            default -> throw new AssertionError("not live: " + at);
        }
    }

    private void sealSome(Life life, SplittableRandom random) {
        for (int shard = 0; shard < SHARDS; shard++) {
            if (life.asked[shard] > 0) {
                int first = random.nextInt(life.asked[shard]);
                life.sealed[shard] = random.nextInt(life.asked[shard] - first + 1);
                ledger.seal(life.reservation, shard, first, life.sealed[shard]);
            }
        }
    }

    private void end(Life life, ReservationState terminal) {
        ledger.close(life.reservation, terminal);
        lives.remove(life);
        for (int shard = 0; shard < SHARDS; shard++) {
            held[shard] -= life.asked[shard];
            idle[shard] += life.sealed[shard];
        }
    }

    private void compare(String where) {
        ledger.checkInvariants();
        long free = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            assertEquals(idle[shard], ledger.extents().counts().evictable(shard), where);
            assertEquals(EXTENTS - quarantined[shard], ledger.extents().usableCount(shard), where);
            free += EXTENTS - held[shard] - quarantined[shard] - idle[shard];
        }
        assertEquals(free, PoolStats.of(ledger).extents().free(), where);
        assertEquals((long) SHARDS * EXTENTS, PoolStats.of(ledger).extents().total(), where);
        Map<Long, Reservation> owners = new HashMap<>();
        for (Life life : lives) {
            for (int shard = 0; shard < SHARDS; shard++) {
                for (int i = 0; i < life.reservation.runCount(shard); i++) {
                    long run = life.reservation.run(shard, i);
                    for (int j = 0; j < ExtentRun.extentCount(run); j++) {
                        long extent = ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + j, 1);
                        assertEquals(null, owners.put(extent, life.reservation), where);
                    }
                }
            }
        }
    }
}
