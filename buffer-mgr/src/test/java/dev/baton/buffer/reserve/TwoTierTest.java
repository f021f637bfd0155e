package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.PoolStats;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole in the fast tier or whole in the spill tier. Two shards, each of 8 fast extents and 12 to spill to. */
class TwoTierTest implements AdmissionListener {
    private static final int FAST = 8;
    private static final int SPILL = 12;
    private static final int SHARDS = 2;
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final SlabPlan plan = new SlabPlan(new long[] {FAST * EXTENT, FAST * EXTENT}, EXTENT, 5 * EXTENT, 3, Tier.DRAM)
        .withSpill(SPILL * EXTENT);
    private final ReservationLedger ledger = new ReservationLedger(new ExtentLedger(plan), 7, 64);
    private final AdmissionQueue queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, this);
    private final List<Reservation> granted = new ArrayList<>();
    private final List<RejectReason> rejected = new ArrayList<>();
    private long requests;

    @Override
    public void onGranted(Reservation reservation) {
        granted.add(reservation);
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        rejected.add(refusal.reason());
    }

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @Test
    void shouldTakeTheFastTierWhileItHasRoomAndThenTheOther() {
        Reservation first = open(5, 5);
        Reservation second = open(5, 1);
        Reservation third = open(3, 3);

        assertTrue(ledger.tryGrant(first));
        assertNull(second.tierOrNull());
        assertTrue(ledger.tryGrant(second));
        assertTrue(ledger.tryGrant(third));

        assertEquals(List.of(Tier.DRAM, Tier.DISK, Tier.DRAM),
            List.of(first.tierOrNull(), second.tierOrNull(), third.tierOrNull()));
        requireWhole(second);
        assertEquals(1, ledger.counters().grantsSpilled());
        assertEquals(16, totals(Tier.DRAM).owned());
        assertEquals(6, totals(Tier.DISK).owned());
        PoolStats stats = PoolStats.of(ledger);
        assertEquals(stats.extents(), totals(Tier.DRAM).plus(totals(Tier.DISK)));
        assertEquals(SHARDS * (FAST + SPILL), stats.extents().total());
    }

    @Test
    void shouldNeverTakeAPartOfEachTier() {
        ledger.tryGrant(open(3, 3));
        ledger.tryGrant(open(6, 6));
        Reservation asked = open(8, 8);

        // Free on each shard: 5 in the fast tier and 6 in the other, together more than was asked for.
        assertFalse(ledger.tryGrant(asked));

        assertEquals(0, asked.runCount(0));
        assertEquals(12, totals(Tier.DISK).free());
        assertEquals(10, totals(Tier.DRAM).free());
        Reservation uneven = open(5, 6);
        assertTrue(ledger.tryGrant(uneven));
        assertEquals(Tier.DISK, uneven.tierOrNull(), "one shard would fit the fast tier, the other would not");
    }

    @Test
    void shouldGiveEachExtentBackToItsOwnTier() {
        Reservation fast = open(8, 8);
        Reservation slow = open(12, 12);
        ledger.tryGrant(fast);
        ledger.tryGrant(slow);

        ledger.close(slow, ReservationState.ABORTED);

        assertEquals(24, totals(Tier.DISK).free());
        assertEquals(0, totals(Tier.DRAM).free());
        Reservation again = open(1, 1);
        ledger.tryGrant(again);
        assertEquals(Tier.DISK, again.tierOrNull());
        ledger.close(fast, ReservationState.ABORTED);
        assertEquals(16, totals(Tier.DRAM).free());
    }

    @Test
    void shouldCountQuarantineInTheTierWhereItIs() {
        ledger.tryGrant(open(8, 8));
        Reservation slow = open(10, 2);
        ledger.tryGrant(slow);
        ledger.reveal(slow);
        ledger.step(slow, ReservationState.REVOKING);
        ledger.step(slow, ReservationState.FENCING);
        ledger.quarantine(slow);

        assertEquals(12, totals(Tier.DISK).quarantined());
        assertEquals(0, totals(Tier.DRAM).quarantined());
        assertEquals(-1, ledger.tiers().bankTooSmallNow(new int[] {8, 8}), "the fast tier lost nothing");
        assertEquals(plan.bank(1, 0), ledger.tiers().bankTooSmallNow(new int[] {9, 9}));
        assertEquals(-1, ledger.tiers().bankTooSmall(new int[] {9, 9}));
        ledger.confirmFenced(slow);
        ledger.close(slow, ReservationState.ABORTED);
        assertEquals(24, totals(Tier.DISK).free());
    }

    @Test
    void shouldEvictInTheTierOfTheGrant() {
        Reservation cached = open(8, 8);
        ledger.tryGrant(cached);
        seal(cached, 8);
        Reservation slow = open(9, 9);
        ledger.tryGrant(slow);
        seal(slow, 9);
        assertEquals(16, totals(Tier.DRAM).evictable());
        assertEquals(18, totals(Tier.DISK).evictable());

        Reservation next = open(6, 6);
        ledger.tryGrant(next);

        assertEquals(Tier.DRAM, next.tierOrNull());
        assertEquals(4, totals(Tier.DRAM).evictable());
        assertEquals(18, totals(Tier.DISK).evictable());
    }

    @Test
    void shouldGrantInTheTierOfTheBlocksThatItHolds() {
        ledger.tryGrant(open(8, 8));
        Reservation slow = open(2, 2);
        ledger.tryGrant(slow);
        long[] runs = {slow.run(0, 0), slow.run(1, 0)};
        seal(slow, 2);
        ledger.close(granted(8, 8), ReservationState.ABORTED);

        Reservation hit = open(4, 4);
        RunList[] held = {new RunList(1), new RunList(1)};
        held[0].add(runs[0]);
        held[1].add(runs[1]);
        assertTrue(ledger.tryGrant(hit, held, new int[] {2, 2}));

        assertEquals(Tier.DISK, hit.tierOrNull());
        requireWhole(hit);
    }

    @Test
    void shouldRefuseBlocksOfTwoTiers() {
        Reservation fast = open(1, 8);
        ledger.tryGrant(fast);
        Reservation slow = open(1, 1);
        ledger.tryGrant(slow);
        assertEquals(Tier.DISK, slow.tierOrNull());
        RunList[] held = {new RunList(1), new RunList(1)};
        held[0].add(fast.run(0, 0));
        held[1].add(slow.run(1, 0));
        seal(slow, 1);
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.step(fast, shard == 0 ? ReservationState.RECEIVING : ReservationState.VERIFYING);
        }
        ledger.seal(fast, 0, 0, 1);

        assertThrows(IllegalArgumentException.class, () -> ledger.tryGrant(open(2, 2), held, new int[] {1, 1}));
    }

    @Test
    void shouldSpillOrWaitAndRejectAtOnceOnlyWhatFitsNoTier() {
        offer(8, 8);
        offer(12, 12);
        offer(2, 2);
        assertEquals(2, queue.poll(0, 8));
        assertEquals(List.of(Tier.DRAM, Tier.DISK), tiers());
        assertEquals(1, queue.size(), "no tier has room");

        assertNull(queue.offer(1, 1, ++requests, 0, new int[] {13, 1}, 0, 0, FOREVER_NS));
        assertEquals("reason=REQUEST_TOO_BIG shard=0 neededBytes=" + 13 * EXTENT + " capacityBytes=" + SPILL * EXTENT +
            " retryAfterNs=-1", queue.refusal().toString());

        ledger.close(granted.get(0), ReservationState.ABORTED);
        assertEquals(1, queue.poll(1, 8));
        assertEquals(Tier.DRAM, granted.getLast().tierOrNull());
        offer(9, 1);
        assertEquals(0, queue.poll(2, 8), "larger than the fast tier: waits for the other");
        ledger.close(granted.get(1), ReservationState.ABORTED);
        assertEquals(1, queue.poll(3, 8));
        assertEquals(Tier.DISK, granted.getLast().tierOrNull());
        assertEquals(List.of(), rejected);
    }

    @Test
    void shouldRejectAWaiterThatNoTierCanEverServeAsThingsStand() {
        offer(8, 8);
        offer(12, 12);
        offer(9, 9);
        queue.poll(0, 8);
        Reservation slow = granted.get(1);
        ledger.reveal(slow);
        ledger.step(slow, ReservationState.REVOKING);
        ledger.step(slow, ReservationState.FENCING);
        ledger.quarantine(slow);

        queue.poll(1, 8);

        assertEquals(List.of(RejectReason.TOO_BIG_NOW), rejected);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void shouldKeepEveryRequestInOneTierWhateverHappens(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<Tier, Integer> grants = new EnumMap<>(Tier.class);
        int refusals = 0;
        List<Reservation> live = new ArrayList<>();
        for (int step = 0; step < 4000; step++) {
            String where = "seed=" + seed + " step=" + step;
            if (random.nextInt(100) < 45 && ledger.placesLeft() > 0) {
                int most = random.nextInt(8) == 0 ? SPILL + 1 : 5;
                Reservation asked = open(random.nextInt(1, most + 1), random.nextInt(most + 1));
                Tier expected = fits(asked, 0) ? Tier.DRAM : fits(asked, 1) ? Tier.DISK : null;
                long freeBefore = PoolStats.of(ledger).extents().free();
                assertEquals(expected != null, ledger.tryGrant(asked), where);
                assertEquals(expected, asked.tierOrNull(), where);
                if (expected == null) {
                    refusals++;
                    assertEquals(freeBefore, PoolStats.of(ledger).extents().free(), where);
                    ledger.close(asked, ReservationState.REJECTED);
                } else {
                    requireWhole(asked);
                    grants.merge(expected, 1, Integer::sum);
                    live.add(asked);
                }
            } else if (!live.isEmpty()) {
                advance(live, random);
            }
            ledger.checkInvariants();
            ExtentTotals all = totals(Tier.DRAM).plus(totals(Tier.DISK));
            assertEquals(all, PoolStats.of(ledger).extents(), where);
            assertEquals(SHARDS * FAST, totals(Tier.DRAM).total(), where);
            assertEquals(SHARDS * SPILL, totals(Tier.DISK).total(), where);
        }
        assertTrue(grants.getOrDefault(Tier.DRAM, 0) > 100 && grants.getOrDefault(Tier.DISK, 0) > 100 && refusals > 20,
            "seed=" + seed + " grants=" + grants + " refusals=" + refusals);
    }

    private void advance(List<Reservation> live, SplittableRandom random) {
        Reservation at = live.get(random.nextInt(live.size()));
        boolean goesWell = random.nextInt(10) < 6;
        switch (at.state()) {
            case GRANTED -> {
                ledger.reveal(at);
                ledger.step(at, ReservationState.RECEIVING);
            }
            case RECEIVING -> ledger.step(at, goesWell ? ReservationState.VERIFYING : ReservationState.REVOKING);
            case VERIFYING -> {
                ledger.seal(at, 0, 0, random.nextInt(at.extentCount(0) + 1));
                ledger.step(at, ReservationState.READY);
            }
            case READY -> {
                ledger.close(at, ReservationState.RELEASED);
                live.remove(at);
            }
            case REVOKING -> ledger.step(at, ReservationState.FENCING);
            case FENCING -> ledger.quarantine(at);
            case QUARANTINED -> ledger.confirmFenced(at);
            case FENCED -> {
                ledger.close(at, ReservationState.ABORTED);
                live.remove(at);
            }
            default -> throw new AssertionError("not live: " + at);
        }
    }

    /** Said anew from the counts, not from the choice under test. */
    private boolean fits(Reservation asked, int tierIndex) {
        boolean fits = true;
        for (int shard = 0; shard < SHARDS; shard++) {
            int bank = tierIndex * SHARDS + shard;
            long room = ledger.extents().counts().count(bank, ExtentState.FREE) +
                ledger.extents().counts().evictable(bank);
            fits &= asked.extentCount(shard) <= room;
        }
        return fits;
    }

    /** Every extent of it, by its slab's own word. */
    private void requireWhole(Reservation reservation) {
        for (int shard = 0; shard < SHARDS; shard++) {
            int extents = 0;
            for (int i = 0; i < reservation.runCount(shard); i++) {
                long run = reservation.run(shard, i);
                assertEquals(reservation.tierOrNull(), plan.spec(ExtentRun.slabId(run)).tier());
                assertEquals(shard, plan.shard(ExtentRun.slabId(run)));
                extents += ExtentRun.extentCount(run);
            }
            assertEquals(reservation.extentCount(shard), extents);
        }
    }

    private void seal(Reservation reservation, int extentsPerShard) {
        ledger.reveal(reservation);
        ledger.step(reservation, ReservationState.RECEIVING);
        ledger.step(reservation, ReservationState.VERIFYING);
        for (int shard = 0; shard < SHARDS; shard++) {
            ledger.seal(reservation, shard, 0, extentsPerShard);
        }
        ledger.step(reservation, ReservationState.READY);
        ledger.close(reservation, ReservationState.RELEASED);
    }

    private Reservation granted(int... extentsPerShard) {
        Reservation[] found = new Reservation[1];
        ledger.forEachLive(live -> found[0] = live.extentCount(0) == extentsPerShard[0] &&
            live.extentCount(1) == extentsPerShard[1] ? live : found[0]);
        assertNotNull(found[0]);
        return found[0];
    }

    private Reservation open(int... extentsPerShard) {
        return ledger.open(1, 1, ++requests, 0, extentsPerShard);
    }

    private void offer(int... extentsPerShard) {
        assertNotNull(queue.offer(1, 1, ++requests, 0, extentsPerShard, 0, 0, FOREVER_NS), () -> queue.refusal().toString());
    }

    private List<Tier> tiers() {
        return granted.stream().map(Reservation::tierOrNull).toList();
    }

    private ExtentTotals totals(Tier tier) {
        return PoolStats.of(ledger).tiers().get(tier);
    }
}
