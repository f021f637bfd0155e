package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.PoolStats;
import dev.baton.buffer.slab.SlabPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionQueueTest implements AdmissionListener {
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final ReservationLedger ledger = new ReservationLedger(
        new ExtentLedger(SlabPlan.even(2, 16 * SlabPlan.EXTENT_BYTES)), 5, 256);
    private final List<String> told = new ArrayList<>();
    private AdmissionQueue queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, this);

    @Override
    public void onGranted(Reservation reservation) {
        told.add("granted " + reservation.requestLow());
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        told.add(refusal.reason().tag() + " " + reservation.requestLow());
    }

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
        assertEquals(queue.queuedBytes(), ledger.counters().queuedBytes());
        assertEquals(queue.size(), ledger.counters().reservations(ReservationState.QUEUED));
    }

    @Test
    void shouldGrantInArrivalOrderEvenWhenALaterOneWouldFit() {
        Reservation first = offer(1, 10);
        offer(2, 12);
        offer(3, 1);

        assertEquals(1, queue.poll(0, 8));
        assertEquals(List.of("granted 1"), told);
        assertEquals(10 * 2, PoolStats.of(ledger).extents().owned(), "queued requests pin nothing");
        assertEquals(0, queue.poll(0, 8));

        ledger.close(first, ReservationState.ABORTED);
        queue.poll(0, 8);
        assertEquals(List.of("granted 1", "granted 2", "granted 3"), told);
    }

    @Test
    void shouldGrantOthersWhileOneIsHeldBackAndThenItInItsTurn() {
        Reservation first = queue.offer(1, 0, 1, 0, new int[] {4, 4}, 0, 10, FOREVER_NS);
        queue.holdBack(first);
        queue.offer(1, 0, 2, 0, new int[] {4, 4}, 0, 20, FOREVER_NS);
        assertEquals(0, queue.position(first), "it keeps its place");
        assertEquals(1, queue.poll(20, 8));
        assertEquals(List.of("granted 2"), told);

        queue.offer(1, 0, 3, 0, new int[] {4, 4}, 0, 30, FOREVER_NS);
        queue.goOn(first);
        queue.poll(30, 8);
        assertEquals(List.of("granted 2", "granted 1", "granted 3"), told, "it came before the third");
    }

    @Test
    void shouldGrantNobodyBeforeTheOneWhoseReaderHasNoRoom() {
        queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT.withOvertaking(), this);
        boolean[] hasRoom = {false};
        queue.grantBy(reservation -> hasRoom[0] || reservation.requestLow() != 1, ledger::tryGrant);
        offer(1, 4);
        offer(2, 4);

        assertEquals(0, queue.poll(0, 8));
        assertEquals(0, queue.poll(FOREVER_NS / 2, 8));
        assertNull(queue.targetOrNull());
        assertFalse(queue.isPoolDraining(FOREVER_NS / 2), "the pool has room");
        hasRoom[0] = true;
        queue.poll(FOREVER_NS / 2, 8);
        assertEquals(List.of("granted 1", "granted 2"), told);
    }

    @Test
    void shouldDrainThePoolAgainOnceTheReaderOfItsTargetHasRoom() {
        queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT.withOvertaking(), this);
        boolean[] hasRoom = {true};
        queue.grantBy(_ -> hasRoom[0], ledger::tryGrant);
        offer(1, 10);
        offer(2, 12);
        queue.poll(0, 8);
        assertTrue(queue.isPoolDraining(FOREVER_NS / 2));

        hasRoom[0] = false;
        assertEquals(0, queue.poll(FOREVER_NS / 2, 8));
        assertFalse(queue.isPoolDraining(FOREVER_NS / 2), "memory is not what it waits for");
        hasRoom[0] = true;
        assertTrue(queue.isPoolDraining(FOREVER_NS / 2), "it waits as long as before");
    }

    @Test
    void shouldLetNobodyOvertakeWhoseReaderHasNoRoom() {
        queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT.withOvertaking(), this);
        queue.grantBy(reservation -> reservation.requestLow() != 3, ledger::tryGrant);
        offer(1, 10);
        offer(2, 12);
        offer(3, 1);
        offer(4, 1);

        queue.poll(0, 8);

        assertEquals(List.of("granted 1", "granted 4"), told);
    }

    @Test
    void shouldEndWhatIsHeldBackLikeAllOthers() {
        Reservation cancelled = offer(1, 4);
        Reservation late = queue.offer(1, 0, 2, 0, new int[] {1, 1}, 0, 0, 100);
        queue.holdBack(cancelled);
        queue.holdBack(late);
        assertEquals(0, queue.poll(0, 8));

        queue.cancel(cancelled, RejectReason.CANCELLED);
        queue.poll(100, 8);

        assertEquals(List.of("deadline 2"), told);
        assertTrue(queue.isEmpty());
        offer(3, 16);
        queue.poll(100, 8);
        assertEquals(List.of("deadline 2", "granted 3"), told);
    }

    @Test
    void shouldRefuseAtOnceWhatCanNeverFit() {
        assertNull(queue.offer(1, 0, 1, 0, new int[] {1, 17}, 0, 0, FOREVER_NS));

        assertEquals(RejectReason.REQUEST_TOO_BIG, queue.refusal().reason());
        assertEquals(1, queue.refusal().shard());
        assertEquals(17 * SlabPlan.EXTENT_BYTES, queue.refusal().neededBytes());
        assertEquals(16 * SlabPlan.EXTENT_BYTES, queue.refusal().capacityBytes());
        assertEquals(-1, queue.refusal().retryAfterNs());
        assertEquals(1, ledger.counters().rejections(RejectReason.REQUEST_TOO_BIG));
        assertEquals(0, ledger.liveCount());
    }

    @Test
    void shouldRejectAQueuedRequestWhenThePoolShrinksUnderIt() {
        Reservation doubtful = offer(1, 4);
        queue.poll(0, 1);
        offer(2, 14);
        offer(3, 12);
        quarantine(doubtful);

        queue.poll(0, 8);

        assertEquals(List.of("granted 1", "too_big_now 2", "granted 3"), told);
        assertNull(queue.offer(1, 0, 4, 0, new int[] {13, 1}, 0, 0, FOREVER_NS));
        assertEquals(RejectReason.TOO_BIG_NOW, queue.refusal().reason());
        assertTrue(queue.refusal().retryAfterNs() > 0);
    }

    @Test
    void shouldRejectWhatWaitedPastItsDeadlineWhereverItStands() {
        offer(1, 16);
        queue.poll(0, 1);
        offer(2, 16);
        assertNotNull(queue.offer(1, 0, 3, 0, new int[] {1, 1}, 0, 0, 100));

        queue.poll(99, 8);
        assertEquals(List.of("granted 1"), told);
        queue.poll(100, 8);
        assertEquals(List.of("granted 1", "deadline 3"), told);
        assertEquals(1, queue.size());
    }

    @Test
    void shouldMeetEveryDeadlineInALongQueueWithinAFewCycles() {
        offer(1, 16);
        queue.poll(0, 1);
        for (int i = 0; i < 200; i++) {
            assertNotNull(queue.offer(1, 0, 10 + i, 0, new int[] {1, 1}, 0, 0, i % 2 == 0 ? 50 : FOREVER_NS));
        }

        for (int cycle = 0; cycle <= 200 / AdmissionQueue.SWEEP_MAX; cycle++) {
            queue.poll(60, 1);
        }

        assertEquals(100, queue.size());
        assertEquals(100, ledger.counters().rejections(RejectReason.DEADLINE));
    }

    @Test
    void shouldBoundTheQueueInCountAndBytes() {
        queue = new AdmissionQueue(ledger, new AdmissionLimits(2, 40 * SlabPlan.EXTENT_BYTES, 0, 0, 7), this);
        offer(1, 10);
        assertNull(queue.offer(1, 0, 2, 0, new int[] {16, 16}, 0, 0, FOREVER_NS));
        assertEquals(RejectReason.OVERLOADED, queue.refusal().reason());
        assertEquals(7, queue.refusal().retryAfterNs());

        offer(3, 10);
        assertNull(queue.offer(1, 0, 4, 0, new int[] {0, 1}, 0, 0, FOREVER_NS));
        assertEquals(2, ledger.counters().rejections(RejectReason.OVERLOADED));
    }

    @Test
    void shouldTakeACancelledRequestOut() {
        offer(1, 16);
        Reservation second = offer(2, 16);
        offer(3, 16);
        assertEquals(1, queue.position(second));

        queue.cancel(second, RejectReason.CANCELLED);

        assertEquals(2, queue.size());
        assertNull(ledger.findOrNull(1, 0, 2, 0));
        assertThrows(IllegalStateException.class, () -> queue.cancel(second, RejectReason.CANCELLED));
    }

    @Test
    void shouldGrantNothingNewOnceItDrains() {
        offer(1, 1);
        queue.drain();

        assertNull(queue.offer(1, 0, 2, 0, new int[] {1, 1}, 0, 0, FOREVER_NS));
        assertEquals(RejectReason.DRAINING, queue.refusal().reason());
        assertEquals(1, queue.poll(0, 8));
        assertTrue(queue.isEmpty());
    }

    @Test
    void shouldOvertakeAHeadOnlySoOftenAndSoLong() {
        queue = new AdmissionQueue(ledger, new AdmissionLimits(64, Long.MAX_VALUE, 2, 1000, 7), this);
        Reservation first = offer(1, 8);
        queue.poll(0, 8);
        offer(2, 16);
        for (int i = 3; i < 7; i++) {
            offer(i, 1);
        }

        queue.poll(0, 8);
        assertEquals(List.of("granted 1", "granted 3", "granted 4"), told, "two may go past the head");
        queue.poll(10, 8);
        assertEquals(3, told.size());

        ledger.close(first, ReservationState.ABORTED);
        queue.poll(20, 8);
        assertEquals(3, told.size(), "the pool drains for the head");
        assertEquals(2, ledger.counters().overtakes());
    }

    @Test
    void shouldStopOvertakingWhenTheTimeIsOver() {
        queue = new AdmissionQueue(ledger, new AdmissionLimits(64, Long.MAX_VALUE, 32, 1000, 7), this);
        offer(1, 8);
        queue.poll(0, 8);
        offer(2, 16);
        queue.poll(0, 8);
        offer(3, 1);
        queue.poll(1000, 8);
        assertEquals(List.of("granted 1"), told);
    }

    @Test
    void shouldNotOpenAHandoffTwice() {
        offer(1, 1);

        assertThrows(IllegalStateException.class, () -> offer(1, 1));
        assertFalse(queue.isEmpty());
    }

    private Reservation offer(long request, int extentsPerShard) {
        Reservation offered =
            queue.offer(1, 0, request, 0, new int[] {extentsPerShard, extentsPerShard}, 0, 0, FOREVER_NS);
        assertNotNull(offered, () -> queue.refusal().toString());
        return offered;
    }

    private void quarantine(Reservation reservation) {
        ledger.step(reservation, ReservationState.REVOKING);
        ledger.step(reservation, ReservationState.FENCING);
        ledger.quarantine(reservation);
    }
}
