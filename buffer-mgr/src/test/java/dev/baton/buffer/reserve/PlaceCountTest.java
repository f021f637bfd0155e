package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.buffer.slab.SlabPlan;
import org.junit.jupiter.api.Test;

/** Whatever becomes of a reservation, whoever it counted for has its place back once. */
class PlaceCountTest implements AdmissionListener {
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;

    private final ReservationLedger ledger = new ReservationLedger(new ExtentLedger(SlabPlan.even(1, 4 * EXTENT)), 5, 8);
    private final AdmissionQueue queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, this);
    private final PlaceCount peer = new PlaceCount();
    private final PlaceCount other = new PlaceCount();
    private final PlaceCount tenant = new PlaceCount();
    private long requests;

    @Override
    public void onGranted(Reservation reservation) {}

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {}

    private Reservation offer(int extents, long deadlineNs) {
        Reservation opened = queue.offer(1, 0, ++requests, 0, new int[] {extents}, 0, 0, deadlineNs);
        opened.countFor(peer, tenant);
        return opened;
    }

    private static void assertCounts(PlaceCount places, int count, int queued, long queuedExtents) {
        assertEquals(count, places.count());
        assertEquals(queued, places.queuedCount());
        assertEquals(queuedExtents * EXTENT, places.queuedBytes());
    }

    @Test
    void shouldCountWhatWaitsUntilItIsGrantedAndAllUntilItsEnd() {
        Reservation first = offer(4, 1_000);
        Reservation second = offer(3, 1_000);
        assertCounts(peer, 2, 2, 7);
        queue.poll(0, 8);
        assertCounts(peer, 2, 1, 3);
        assertCounts(tenant, 2, 1, 3);
        queue.holdBack(second);
        assertCounts(peer, 2, 1, 3);
        queue.goOn(second);
        ledger.close(first, ReservationState.ABORTED);
        assertCounts(peer, 1, 1, 3);
        queue.poll(0, 8);
        assertCounts(peer, 1, 0, 0);
        ledger.close(second, ReservationState.ABORTED);
        assertCounts(peer, 0, 0, 0);
        assertCounts(tenant, 0, 0, 0);
    }

    @Test
    void shouldCountNoMoreWhatIsCancelledOrLate() {
        Reservation cancelled = offer(1, 1_000);
        offer(2, 10);
        queue.cancel(cancelled, RejectReason.CANCELLED);
        assertCounts(peer, 1, 1, 2);
        queue.poll(20, 8);
        assertCounts(peer, 0, 0, 0);
        assertCounts(tenant, 0, 0, 0);
    }

    @Test
    void shouldCountForAnotherWhatThatOneTookOver() {
        Reservation waiting = offer(1, 1_000);
        waiting.countFor(other, tenant);
        assertCounts(peer, 0, 0, 0);
        assertCounts(other, 1, 1, 1);
        assertCounts(tenant, 1, 1, 1);
        queue.poll(0, 8);
        waiting.countFor(peer, tenant);
        assertCounts(other, 0, 0, 0);
        assertCounts(peer, 1, 0, 0);
        ledger.close(waiting, ReservationState.ABORTED);
        assertCounts(peer, 0, 0, 0);
        Reservation next = queue.offer(1, 0, ++requests, 0, new int[] {1}, 0, 0, 1_000);
        queue.cancel(next, RejectReason.CANCELLED);
        assertCounts(peer, 0, 0, 0);
        assertCounts(tenant, 0, 0, 0);
    }
}
