package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Priorities, tenants, quotas, the ramp. One shard of 64 extents; sizes are in extents, ages in nanoseconds. */
class AdmissionFairnessTest implements AdmissionListener {
    private static final int POOL = 64;
    private static final long AGE_NS = 1000;
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final ReservationLedger ledger =
        new ReservationLedger(new ExtentLedger(SlabPlan.even(1, POOL * EXTENT)), 5, 512);
    private final List<Reservation> granted = new ArrayList<>();
    private final List<Long> order = new ArrayList<>();
    private AdmissionQueue queue = queue(Map.of(), TenantPolicy.EQUAL, 0, 8);
    private long requests;

    @Override
    public void onGranted(Reservation reservation) {
        assertEquals(reservation.extentCount(), reservation.runs().extentCount(), "granted in part");
        granted.add(reservation);
        order.add(reservation.requestLow());
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        throw new AssertionError(refusal + " " + reservation);
    }

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @Test
    void shouldServeHigherPrioritiesFirst() {
        offer(1, POOL, 0, 0);
        queue.poll(0, 8);
        offer(1, POOL, 0, 1);
        offer(1, POOL, 5, 2);

        assertEquals(List.of(1L, 3L, 2L), drainAll(3));
    }

    @Test
    void shouldRaiseAWaiterByOnePriorityInEachAge() {
        offer(1, POOL, 0, 0);
        queue.poll(0, 8);
        offer(1, POOL, 0, 0);
        offer(1, POOL, 2, 2 * AGE_NS + 1);
        offer(1, POOL, 3, 2 * AGE_NS + 2);

        assertEquals(List.of(1L, 4L, 2L, 3L), drainAll(2 * AGE_NS + 3));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldOrderOneTenantAsAWalkOverAllItsWaitersWould(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TenantQueue tenant = new TenantQueue(1, TenantPolicy.EQUAL, AGE_NS, null);
        List<Reservation> waiting = new ArrayList<>();
        for (long now = 0; now < 20_000; now += random.nextInt(40)) {
            if (random.nextInt(5) < 3 && ledger.placesLeft() > 0) {
                Reservation opened = ledger.open(1, 0, ++requests, 0, new int[] {1});
                opened.arrivalNs(now);
                opened.queuedPriority = random.nextInt(10);
                tenant.append(opened);
                waiting.add(opened);
            } else if (!waiting.isEmpty()) {
                Reservation gone = random.nextBoolean() ? tenant.headOrNull()
                    : waiting.get(random.nextInt(waiting.size()));
                tenant.remove(gone);
                waiting.remove(gone);
                ledger.close(gone, ReservationState.REJECTED);
            }
            waiting.sort((a, b) -> Long.compare(rank(a), rank(b)) != 0 ? Long.compare(rank(a), rank(b))
                : Long.compare(a.id(), b.id()));
            tenant.rewind();
            for (Reservation expected : waiting) {
                assertEquals(expected, tenant.nextOrNull(), "seed=" + seed + " now=" + now);
            }
            assertNull(tenant.nextOrNull(), "seed=" + seed);
        }
    }

    @Test
    void shouldShareByWeightWhateverTheSizes() {
        queue = queue(Map.of(1L, new TenantPolicy(3, Long.MAX_VALUE), 2L, TenantPolicy.EQUAL), TenantPolicy.EQUAL, 0,
            8);
        long[] extents = new long[3];
        int[] waiting = new int[3];
        for (long now = 0; now < 4000; now++) {
            for (int tenant = 1; tenant <= 2; tenant++) {
                while (waiting[tenant] < 8) {
                    offer(tenant, tenant == 1 ? 2 : 31, 0, now);
                    waiting[tenant]++;
                }
            }
            queue.poll(now, 1);
            for (Reservation one : granted) {
                extents[(int) one.tenantHash()] += one.extentCount();
                waiting[(int) one.tenantHash()]--;
                ledger.close(one, ReservationState.ABORTED);
            }
            granted.clear();
        }
        assertEquals(3.0, extents[1] / (double) extents[2], 0.1);
    }

    @Test
    void shouldRefuseOverTheQuotaForNowAndBeyondItForEver() {
        queue = queue(Map.of(1L, new TenantPolicy(1, 10 * EXTENT)), TenantPolicy.EQUAL, 0, 8);
        offer(1, 6, 0, 0);
        queue.poll(0, 8);

        assertNull(offerOrNull(1, 5, 0, 0));
        assertEquals(RejectReason.QUOTA, queue.refusal().reason());
        assertTrue(queue.refusal().retryAfterNs() > 0, "it may come again");
        assertNull(offerOrNull(1, 11, 0, 0));
        assertEquals(RejectReason.QUOTA, queue.refusal().reason());
        assertEquals(-1, queue.refusal().retryAfterNs(), "larger than the quota is never");

        offer(2, 40, 0, 0);
        offer(1, 4, 0, 0);
        queue.poll(0, 8);
        assertEquals(3, granted.size(), "another tenant's quota is its own");
        ledger.close(granted.getFirst(), ReservationState.ABORTED);
        assertNotNull(offerOrNull(1, 6, 0, 0), "what ended is given back");
    }

    @Test
    void shouldGiveNoTenantAPlaceForWhatItMayNeverHave() {
        queue = queue(Map.of(), new TenantPolicy(1, 10 * EXTENT), 0, 2);
        for (int tenant = 1; tenant <= 8; tenant++) {
            assertNull(offerOrNull(tenant, 11, 0, 0));
            assertEquals(RejectReason.QUOTA, queue.refusal().reason());
        }
        assertNotNull(offerOrNull(9, 1, 0, 0), () -> "places are left for two: " + queue.refusal());
    }

    @Test
    void shouldSayNeverOfWhatIsBeyondTheQuotaThoughItIsTooBigNow() {
        queue = queue(Map.of(1L, new TenantPolicy(1, 10 * EXTENT)), TenantPolicy.EQUAL, 0, 8);
        offer(2, ledger.extents().plan().extentCount(0), 0, 0);
        queue.poll(0, 8);
        Reservation doubtful = granted.getFirst();
        ledger.reveal(doubtful);
        ledger.step(doubtful, ReservationState.REVOKING);
        ledger.step(doubtful, ReservationState.FENCING);
        ledger.quarantine(doubtful);

        assertNull(offerOrNull(1, 11, 0, 0));
        assertEquals(RejectReason.QUOTA, queue.refusal().reason());
        assertEquals(-1, queue.refusal().retryAfterNs());
        assertNull(offerOrNull(1, 10, 0, 0));
        assertEquals(RejectReason.TOO_BIG_NOW, queue.refusal().reason());
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void shouldKeepEveryTenantWithinItsQuotaAndCountItRight(long seed) {
        queue = queue(Map.of(0L, new TenantPolicy(1, 20 * EXTENT), 1L, new TenantPolicy(2, 30 * EXTENT)),
            new TenantPolicy(1, 10 * EXTENT), 4, 2);
        SplittableRandom random = new SplittableRandom(seed);
        long[] quota = {20, 30, 10, 10};
        List<Reservation> live = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            int tenant = random.nextInt(4);
            int extents = 1 + random.nextInt(9);
            long used = live.stream().filter(r -> r.tenantHash() == tenant).mapToLong(Reservation::extentCount).sum();
            Reservation offered = offerOrNull(tenant, extents, random.nextInt(3), step);
            assertEquals(used + extents <= quota[tenant], offered != null,
                "seed=" + seed + " step=" + step + " tenant=" + tenant + " used=" + used + " " + queue.refusal());
            if (offered != null) {
                live.add(offered);
            }
            queue.poll(step, 3);
            if (random.nextInt(3) > 0 && !live.isEmpty()) {
                Reservation ended = live.remove(random.nextInt(live.size()));
                if (ended.state() == ReservationState.QUEUED) {
                    queue.cancel(ended, RejectReason.CANCELLED);
                } else {
                    ledger.close(ended, ReservationState.ABORTED);
                }
            }
        }
    }

    @Test
    void shouldBoundUnknownTenantsAndGiveThePlaceOfOneThatIsGone() {
        offer(1, 1, 0, 0);
        offer(2, 1, 0, 0);
        for (int tenant = 3; tenant <= 8; tenant++) {
            offer(tenant, 1, 0, 0);
        }
        assertNull(offerOrNull(9, 1, 0, 0));
        assertEquals(RejectReason.OVERLOADED, queue.refusal().reason());
        queue.poll(0, 64);
        ledger.close(granted.getFirst(), ReservationState.ABORTED);
        assertNotNull(offerOrNull(9, 1, 0, 0));
    }

    @Test
    void shouldOvertakeATargetAsOftenAsIsPromisedAndNoMore() {
        queue = queue(Map.of(), TenantPolicy.EQUAL, 32, 8);
        offer(1, 16, 0, 0);
        queue.poll(0, 8);
        offer(1, POOL, 0, 0);
        queue.poll(0, 8);
        for (int i = 0; i < 40; i++) {
            offer(2 + i % 3, 1, 7, 0);
        }
        queue.poll(0, 64);

        assertEquals(1 + 32, granted.size());
        assertEquals(32, ledger.counters().overtakes());
        for (Reservation one : granted) {
            ledger.close(one, ReservationState.ABORTED);
        }
        queue.poll(1, 1);
        assertEquals(2L, order.getLast(), "the pool drained for the target");
    }

    @Test
    void shouldRampUpAfterStartAndAfterADrain() {
        queue = new AdmissionQueue(ledger, limits(TenantLimits.DEFAULT, 0, 2, 100, 2), base -> base + 3, this);
        for (int i = 0; i < 40; i++) {
            offer(1, 1, 0, 0);
        }
        assertEquals(2, queue.poll(50, 64));
        assertEquals(0, queue.poll(149, 64));
        assertEquals(4, queue.poll(150, 64));
        queue.drain();
        assertNull(offerOrNull(1, 1, 0, 150));
        assertEquals(10, queue.refusal().retryAfterNs(), "jitter is handed in");
        queue.resume();
        assertEquals(2, queue.poll(160, 64));
        assertEquals(4, queue.poll(260, 64));
        assertEquals(28, queue.poll(360, 64));
        assertTrue(queue.isEmpty());
    }

    @Test
    void shouldPinNothingWhileItWaits() {
        offer(1, POOL, 0, 0);
        queue.poll(0, 8);
        offer(1, POOL, 0, 0);
        queue.poll(1, 8);

        assertEquals(POOL, ledger.extents().counts().count(0, ExtentState.OWNED));
        assertFalse(queue.isEmpty());
        ledger.close(granted.getFirst(), ReservationState.ABORTED);
        assertEquals(POOL, ledger.extents().freeCount(0));
    }

    private static long rank(Reservation waiter) {
        return waiter.arrivalNs() - Math.min(7, waiter.queuedPriority) * AGE_NS;
    }

    private List<Long> drainAll(long nowNs) {
        while (ledger.liveCount() > 0) {
            ledger.close(granted.removeFirst(), ReservationState.ABORTED);
            queue.poll(nowNs, 8);
        }
        return order;
    }

    private AdmissionQueue queue(Map<Long, TenantPolicy> known, TenantPolicy others, int overtakes, int othersMax) {
        return new AdmissionQueue(ledger, limits(new TenantLimits(known, others, othersMax, EXTENT, AGE_NS), overtakes,
            1, 1, 0), this);
    }

    private static AdmissionLimits limits(TenantLimits tenants, int overtakes, int rampGrants, long stepNs,
        int steps) {
        return new AdmissionLimits(512, Long.MAX_VALUE, overtakes, 1000, 7, tenants, rampGrants, stepNs, steps);
    }

    private Reservation offer(long tenant, int extents, int priority, long nowNs) {
        Reservation offered = offerOrNull(tenant, extents, priority, nowNs);
        assertNotNull(offered, () -> queue.refusal().toString());
        return offered;
    }

    private Reservation offerOrNull(long tenant, int extents, int priority, long nowNs) {
        return queue.offer(tenant, 0, ++requests, 0, new int[] {extents}, priority, nowNs, FOREVER_NS);
    }
}
