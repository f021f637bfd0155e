package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where each bound of admission lies, to the extent and the nanosecond. Two shards of 16 extents. */
class AdmissionBoundsTest implements AdmissionListener {
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final ReservationLedger ledger =
        new ReservationLedger(new ExtentLedger(SlabPlan.even(2, 16 * EXTENT)), 5, 128);
    private final List<String> told = new ArrayList<>();
    private final List<Reservation> granted = new ArrayList<>();
    private AdmissionQueue queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, this);

    @Override
    public void onGranted(Reservation reservation) {
        told.add("granted " + reservation.requestLow());
        granted.add(reservation);
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        told.add(reservation.requestLow() + " " + refusal);
    }

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @Test
    void shouldGrantWhatFitsToTheLastExtent() {
        queue = queue(1, 32 * EXTENT, 0, 0);
        offer(1, 16, 0, FOREVER_NS);

        assertEquals(1, queue.poll(0, 1));
        assertEquals(1, queue.size() + granted.size());
        assertNull(offerOrNull(2, 17, 0, FOREVER_NS));
        assertEquals("reason=REQUEST_TOO_BIG shard=0 neededBytes=" + 17 * EXTENT + " capacityBytes=" + 16 * EXTENT +
            " retryAfterNs=-1", queue.refusal().toString());
    }

    @Test
    void shouldSayHowMuchRoomTheQueueHas() {
        queue = queue(8, 32 * EXTENT, 0, 0);
        offer(1, 6, 0, FOREVER_NS);
        offer(2, 10, 0, FOREVER_NS);
        assertNull(offerOrNull(3, 1, 0, FOREVER_NS));
        assertEquals("reason=OVERLOADED shard=-1 neededBytes=" + 2 * EXTENT + " capacityBytes=0 retryAfterNs=7",
            queue.refusal().toString());
        queue.poll(0, 1);
        assertNull(offerOrNull(3, 7, 0, FOREVER_NS));
        assertEquals(12 * EXTENT, queue.refusal().capacityBytes());
        assertNotNull(offerOrNull(3, 6, 0, FOREVER_NS));
        assertEquals(32 * EXTENT, queue.queuedBytes());
    }

    @Test
    void shouldRefuseWhatHasNoPlaceInTheLedger() {
        for (int i = 0; i < 128; i++) {
            offer(i, 1, 0, FOREVER_NS);
        }
        assertNull(offerOrNull(200, 1, 0, FOREVER_NS));
        assertEquals(RejectReason.OVERLOADED, queue.refusal().reason());
    }

    @Test
    void shouldRefuseCountsThatAreNotOneAShardBeforeAnythingElse() {
        assertThrows(IllegalArgumentException.class,
            () -> queue.offer(1, 0, 1, 0, new int[] {1, 1, 1}, 0, 0, FOREVER_NS));
        assertThrows(IllegalArgumentException.class, () -> queue.offer(1, 0, 1, 0, new int[] {0, 0}, 0, 0, FOREVER_NS));
        assertThrows(IllegalArgumentException.class, () -> queue.offer(1, 0, 1, 0, new int[] {-1, 2}, 0, 0, FOREVER_NS));
        assertEquals(0, ledger.liveCount());
    }

    @Test
    void shouldSayWhatIsLeftOfAQuota() {
        queue = new AdmissionQueue(ledger, limits(8, Long.MAX_VALUE, 0, 0).tenants(new TenantLimits(
            Map.of(1L, new TenantPolicy(1, 20 * EXTENT)), TenantPolicy.EQUAL, 2, EXTENT, 1000)), this);
        assertNotNull(offerOrNull(1, 6, 0, FOREVER_NS));
        queue.poll(0, 1);
        assertNotNull(offerOrNull(2, 2, 0, FOREVER_NS));

        assertNull(offerOrNull(3, 3, 0, FOREVER_NS));
        assertEquals("reason=QUOTA shard=-1 neededBytes=" + 6 * EXTENT + " capacityBytes=" + 4 * EXTENT +
            " retryAfterNs=7", queue.refusal().toString());
        assertNull(offerOrNull(3, 11, 0, FOREVER_NS));
        assertEquals("reason=QUOTA shard=-1 neededBytes=" + 22 * EXTENT + " capacityBytes=" + 20 * EXTENT +
            " retryAfterNs=-1", queue.refusal().toString());
        assertNotNull(offerOrNull(3, 2, 0, FOREVER_NS), "to the last extent");
        ledger.close(granted.getFirst(), ReservationState.ABORTED);
        queue.poll(0, 8);
        granted.stream().skip(1).forEach(one -> ledger.close(one, ReservationState.ABORTED));
        assertNotNull(offerOrNull(4, 10, 0, FOREVER_NS), "the whole quota, to the last extent");
    }

    @Test
    void shouldSayWhyNowAndHowMuchIsUsable() {
        offer(1, 4, 0, FOREVER_NS);
        queue.poll(0, 1);
        offer(2, 13, 0, FOREVER_NS);
        quarantine(granted.getFirst());
        String now = "reason=TOO_BIG_NOW shard=0 neededBytes=" + 13 * EXTENT + " capacityBytes=" + 12 * EXTENT +
            " retryAfterNs=100000000";

        assertEquals(1, queue.poll(1, 8), "a refusal is work");
        assertEquals(List.of("granted 1", "2 " + now), told);
        assertNull(offerOrNull(3, 14, 0, FOREVER_NS));
        assertEquals(now.replace("neededBytes=" + 13 * EXTENT, "neededBytes=" + 14 * EXTENT),
            queue.refusal().toString());
        assertNotNull(offerOrNull(3, 12, 0, FOREVER_NS));
        assertEquals(2, ledger.counters().rejections(RejectReason.TOO_BIG_NOW));
    }

    @Test
    void shouldEndAWaitAtItsDeadlineAndNotBefore() {
        offer(1, 16, 0, FOREVER_NS);
        queue.poll(0, 1);
        offer(2, 2, 0, 100);
        assertEquals(0, queue.poll(99, 8));
        ledger.close(granted.getFirst(), ReservationState.ABORTED);
        assertEquals(1, queue.poll(100, 8));

        assertEquals(List.of("granted 1", "2 reason=DEADLINE shard=-1 neededBytes=" + 4 * EXTENT +
            " capacityBytes=0 retryAfterNs=-1"), told);
        offer(3, 2, 0, 101);
        assertEquals(1, queue.poll(100, 8));
        assertEquals("granted 3", told.getLast());
    }

    /** The sweep looks at the oldest 32; an overtaker behind them is looked at when its turn comes. */
    @Test
    void shouldNotLetOneOvertakeThatIsPastItsDeadline() {
        queue = queue(100, Long.MAX_VALUE, 32, 1000);
        offer(1, 1, 0, FOREVER_NS);
        queue.poll(0, 1);
        for (int i = 0; i < 40; i++) {
            offer(10 + i, 16, 0, FOREVER_NS);
        }
        offer(60, 1, 0, 50);
        offer(61, 1, 0, 51);
        queue.poll(50, 8);

        assertEquals(List.of("granted 1", "granted 61"), told);
    }

    @Test
    void shouldBeOvertakenUntilJustBeforeTheTimeIsOver() {
        queue = queue(64, Long.MAX_VALUE, 32, 1000);
        offer(1, 8, 0, FOREVER_NS);
        queue.poll(5, 8);
        offer(2, 16, 5, FOREVER_NS);
        queue.poll(5, 8);
        assertEquals(2, queue.targetOrNull().requestLow());
        offer(3, 1, 5, FOREVER_NS);
        assertEquals(1, queue.poll(1004, 8));
        offer(4, 1, 5, FOREVER_NS);
        assertEquals(0, queue.poll(1005, 8));
        assertEquals(List.of("granted 1", "granted 3"), told);
        assertEquals(1, ledger.counters().overtakes());
    }

    @Test
    void shouldLookPastSoManyOfATenantAndNoFurther() {
        queue = queue(200, Long.MAX_VALUE, 32, 1000);
        offer(1, 8, 0, FOREVER_NS);
        queue.poll(0, 8);
        for (int i = 0; i < 63; i++) {
            offer(2 + i, 16, 0, FOREVER_NS);
        }
        Reservation last = offer(70, 1, 0, FOREVER_NS);
        queue.poll(1, 8);
        assertEquals(List.of("granted 1", "granted 70"), told);
        offer(71, 16, 0, FOREVER_NS);
        offer(72, 1, 0, FOREVER_NS);
        queue.poll(1, 8);
        assertEquals(2, told.size(), "the 65th is not looked at");
        assertEquals(ReservationState.GRANTED, last.state());
    }

    @Test
    void shouldCountPlacesInTheQueueByArrival() {
        Reservation first = offer(1, 16, 0, FOREVER_NS);
        Reservation second = offer(2, 1, 0, FOREVER_NS);
        Reservation third = offer(3, 1, 0, FOREVER_NS);

        assertSame(first, queue.headOrNull());
        assertEquals(List.of(0, 1, 2), List.of(queue.position(first), queue.position(second), queue.position(third)));
        queue.poll(0, 1);
        assertSame(second, queue.headOrNull());
        assertEquals(1, queue.position(third));
        assertThrows(IllegalStateException.class, () -> queue.position(first));
        queue.cancel(second, RejectReason.SESSION_LOST);
        assertEquals(1, ledger.counters().rejections(RejectReason.SESSION_LOST));
        assertSame(third, queue.headOrNull());
        assertEquals(2 * EXTENT, queue.queuedBytes());
    }

    @Test
    void shouldGoOnSweepingWhereItWasWhenTheNextOneIsCancelled() {
        queue = queue(200, Long.MAX_VALUE, 0, 0);
        offer(0, 16, 0, FOREVER_NS);
        queue.poll(0, 1);
        List<Reservation> waiting = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            waiting.add(offer(i, 16, 0, i == 34 || i == 5 ? 50 : FOREVER_NS));
        }
        queue.poll(0, 1);
        queue.cancel(waiting.get(32), RejectReason.CANCELLED);   // the next to be looked at
        queue.poll(60, 1);

        assertEquals("34", told.get(1).substring(0, 2), "the one behind it, and those before only after");
        assertEquals(2 + 1, told.size(), "the sweep went round to the fifth");
    }

    /** Grants stop at what one call may make, and the rest of them come with the next. */
    @Test
    void shouldMakeNoMoreGrantsInACallThanItMay() {
        for (int i = 0; i < 5; i++) {
            offer(i, 1, 0, FOREVER_NS);
        }
        assertEquals(2, queue.poll(0, 2));
        assertEquals(3, queue.poll(0, 8));
    }

    @Test
    void shouldNameTheLargestOfTheTiersThatAreAllTooSmall() {
        ReservationLedger tiered = new ReservationLedger(new ExtentLedger(SlabPlan.even(2, 8 * EXTENT)
            .withSpill(12 * EXTENT)), 1, 4);

        assertEquals(-1, tiered.tiers().bankTooSmall(new int[] {12, 12}));
        assertEquals(2, tiered.tiers().bankTooSmall(new int[] {13, 1}));
        assertEquals(3, tiered.tiers().bankTooSmall(new int[] {1, 13}));
        Reservation spilled = tiered.open(1, 1, 1, 1, new int[] {12, 1});
        tiered.tryGrant(spilled);
        assertEquals(Tier.DISK, spilled.tierOrNull());
        assertEquals(12 * EXTENT + EXTENT, tiered.counters().highWaterBytes());
    }

    private Reservation offer(long request, int extentsPerShard, long nowNs, long deadlineNs) {
        Reservation offered = offerOrNull(request, extentsPerShard, nowNs, deadlineNs);
        assertNotNull(offered, () -> queue.refusal().toString());
        return offered;
    }

    private Reservation offerOrNull(long request, int extentsPerShard, long nowNs, long deadlineNs) {
        return queue.offer(1, 0, request, 0, new int[] {extentsPerShard, extentsPerShard}, 0, nowNs, deadlineNs);
    }

    private AdmissionQueue queue(int queuedMax, long queuedBytesMax, int overtakes, long overtakeNs) {
        return new AdmissionQueue(ledger, limits(queuedMax, queuedBytesMax, overtakes, overtakeNs), this);
    }

    private static AdmissionLimits limits(int queuedMax, long queuedBytesMax, int overtakes, long overtakeNs) {
        return new AdmissionLimits(queuedMax, queuedBytesMax, overtakes, overtakeNs, 7);
    }

    private void quarantine(Reservation reservation) {
        ledger.step(reservation, ReservationState.REVOKING);
        ledger.step(reservation, ReservationState.FENCING);
        ledger.quarantine(reservation);
    }
}
