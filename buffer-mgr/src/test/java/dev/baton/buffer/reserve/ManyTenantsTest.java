package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ten thousand tenants that no policy names, on one shard of 64 extents; a share of a round is one extent. */
class ManyTenantsTest implements AdmissionListener {
    private static final int POOL = 64;
    private static final int TENANTS = 10_000;
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final ReservationLedger ledger =
        new ReservationLedger(new ExtentLedger(SlabPlan.even(1, POOL * EXTENT)), 5, 1 << 15);
    private final AdmissionQueue queue = new AdmissionQueue(ledger, new AdmissionLimits(1 << 15, Long.MAX_VALUE, 32,
        1000, 7, new TenantLimits(Map.of(), TenantPolicy.EQUAL, TENANTS, EXTENT, 1000), 1, 1, 0), this);
    private final List<Reservation> granted = new ArrayList<>();
    private final ArrayDeque<Reservation> holders = new ArrayDeque<>();
    private long requests;

    @Override
    public void onGranted(Reservation reservation) {
        granted.add(reservation);
        holders.add(reservation);
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        throw new AssertionError(refusal + " " + reservation);
    }

    @Test
    void shouldServeEachOnceBeforeAnyTwice() {
        for (int of = 0; of < 3; of++) {
            for (int tenant = 0; tenant < TENANTS; tenant++) {
                assertNotNull(offerOrNull(tenant, 1), queue.refusal()::toString);
            }
        }
        drain();

        for (int round = 0; round < 3; round++) {
            Set<Long> served = new HashSet<>();
            granted.subList(round * TENANTS, (round + 1) * TENANTS).forEach(one -> served.add(one.tenantHash()));
            assertEquals(TENANTS, served.size(), "round=" + round);
        }
        assertEquals(3 * TENANTS, granted.size());
    }

    @Test
    void shouldTakeNewTenantsForThoseThatAreGoneAndKeepThoseThatHold() {
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            offerOrNull(tenant, 1);
        }
        queue.poll(0, POOL);
        assertNull(offerOrNull(TENANTS, 1), "every place is taken");
        Reservation ended = holders.poll();
        long gone = ended.tenantHash();
        ledger.close(ended, ReservationState.ABORTED);

        assertNotNull(offerOrNull(gone, 1), "one that comes back has its place yet");
        assertNull(offerOrNull(TENANTS, 1), "and nobody else has");
        ledger.close(holders.poll(), ReservationState.ABORTED);
        assertNotNull(offerOrNull(TENANTS, 1), "the place of one that is gone");
        assertNull(offerOrNull(TENANTS + 1, 1), "which is given once");
        drain();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            assertNotNull(offerOrNull(7L * TENANTS + tenant, 1), "all places are free again: tenant=" + tenant);
        }
    }

    @Test
    void shouldGiveThePlaceOfOneThatCancelled() {
        List<Reservation> waiting = new ArrayList<>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            waiting.add(offerOrNull(tenant, 1));
        }
        queue.cancel(waiting.get(4711), RejectReason.CANCELLED);

        assertNotNull(offerOrNull(TENANTS, 1));
        assertNull(offerOrNull(4711, 1));
    }

    @Test
    void shouldFindTheOneThatMayOvertakeAmongAllHeads() {
        offerOrNull(0, 1);
        queue.poll(0, 1);
        for (int tenant = 1; tenant < TENANTS; tenant++) {
            offerOrNull(tenant, POOL);
        }
        queue.poll(1, 1);
        offerOrNull(0, POOL - 1);
        int polls = 0;
        while (granted.size() == 1 && polls < TENANTS) {
            queue.poll(1, 1);
            polls++;
        }

        assertEquals(0, granted.getLast().tenantHash(), "the only head that fits");
        assertTrue(polls > 1, "one cycle does not look at all heads");
        assertEquals(2, granted.size());
        assertEquals(1, ledger.counters().overtakes());
    }

    @Test
    void shouldKeepOnlyThoseWhoWaitInTheRound() {
        TenantRing ring = new TenantRing(new TenantLimits(Map.of(), TenantPolicy.EQUAL, 3, EXTENT, 1000));
        List<TenantQueue> tenants = new ArrayList<>();
        for (long tenant = 0; tenant < 3; tenant++) {
            tenants.add(ring.findOrNull(tenant));
            ring.joined(tenants.getLast());
        }
        ring.beginWalk();
        ring.left(tenants.get(0));
        assertEquals(2, ring.waitingCount());
        assertEquals(List.of(tenants.get(1), tenants.get(2), tenants.get(1)),
            List.of(ring.nextOfWalk(), ring.nextOfWalk(), ring.nextOfWalk()), "the walk goes on behind one that left");
        ring.left(tenants.get(2));
        ring.left(tenants.get(1));
        assertEquals(0, ring.waitingCount());
        IllegalStateException empty = assertThrows(IllegalStateException.class, ring::next);
        assertTrue(empty.getMessage().contains("waiting=0"), empty::getMessage);
    }

    @Test
    void shouldGiveATenantThatComesAgainNoMoreThanItsShare() {
        for (int tenant = 0; tenant < 100; tenant++) {
            for (int of = 0; of < 10; of++) {
                offerOrNull(tenant, 1);
            }
        }
        long comesAgain = TENANTS;
        offerOrNull(comesAgain, 1);
        for (int grants = 0; grants < 1000; grants++) {
            queue.poll(0, 1);
            Reservation served = holders.poll();
            ledger.close(served, ReservationState.ABORTED);
            if (served.tenantHash() == comesAgain) {
                offerOrNull(comesAgain, 1);
            }
        }

        long itsShare = granted.stream().filter(one -> one.tenantHash() == comesAgain).count();
        assertFalse(itsShare < 9 || itsShare > 10, "of 1,000 grants over 101 tenants: " + itsShare);
    }

    private void drain() {
        while (!queue.isEmpty() || !holders.isEmpty()) {
            queue.poll(0, POOL);
            while (!holders.isEmpty()) {
                ledger.close(holders.poll(), ReservationState.ABORTED);
            }
        }
        ledger.checkInvariants();
    }

    private Reservation offerOrNull(long tenant, int extents) {
        return queue.offer(tenant, 0, ++requests, 0, new int[] {extents}, 0, 0, FOREVER_NS);
    }
}
