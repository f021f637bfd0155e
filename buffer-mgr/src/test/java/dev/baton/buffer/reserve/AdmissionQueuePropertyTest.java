package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/** Any order of offers, polls, ends and cancels on two shards of 16 extents: whole or nothing, bounds kept, all served. */
class AdmissionQueuePropertyTest implements AdmissionListener {
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;
    private static final int POOL = 16;
    private static final int QUEUED_MAX = 12;
    private static final int OVERTAKES_MAX = 3;
    private static final int QUOTA = 20;
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final List<Reservation> queued = new ArrayList<>();
    private final List<Reservation> granted = new ArrayList<>();
    private ReservationLedger ledger;
    private AdmissionQueue queue;
    private Reservation target;
    private int overtakes;
    private long requests;
    private long late;

    @BeforeTry
    void beginEmpty() {
        TenantLimits tenants = TenantLimits.DEFAULT.with(
            Map.of(0L, new TenantPolicy(2, QUOTA * EXTENT), 1L, TenantPolicy.EQUAL), TenantPolicy.EQUAL);
        ledger = new ReservationLedger(new ExtentLedger(SlabPlan.even(2, POOL * EXTENT)), 5, 64);
        queue = new AdmissionQueue(ledger,
            new AdmissionLimits(QUEUED_MAX, Long.MAX_VALUE, OVERTAKES_MAX, FOREVER_NS, 1).tenants(tenants), this);
        queued.clear();
        granted.clear();
        target = null;
        overtakes = 0;
    }

    @Override
    public void onGranted(Reservation reservation) {
        assertTrue(queued.remove(reservation), "granted what does not wait");
        for (int shard = 0; shard < 2; shard++) {
            int extents = 0;
            for (int i = 0; i < reservation.runCount(shard); i++) {
                extents += ExtentRun.extentCount(reservation.run(shard, i));
            }
            assertEquals(reservation.extentCount(shard), extents, "granted in part: shard=" + shard);
        }
        granted.add(reservation);
        if (target != null && reservation != target) {
            assertTrue(++overtakes <= OVERTAKES_MAX, "overtaken more often than the bound");
        }
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        assertTrue(queued.remove(reservation), "rejected what does not wait");
        assertEquals(RejectReason.DEADLINE, refusal.reason());
        assertTrue(reservation.deadlineNs() <= late, "rejected before its time");
        if (reservation == target) {   // nobody overtakes it any more, in this poll either
            target = null;
            overtakes = 0;
        }
    }

    @Property(tries = 250)
    void shouldGrantWholeWithinBoundsAndServeAllInTheEnd(
        @ForAll @Size(min = 1, max = 120) List<@IntRange(min = 0, max = 0xFFFFF) Integer> steps) {
        for (int i = 0; i < steps.size(); i++) {
            int argument = steps.get(i) >>> 3;
            switch (steps.get(i) & 7) {
                case 0, 1, 2, 3 -> offer(argument, i);
                case 4 -> cancel(argument);
                case 5 -> end(argument);
                default -> poll(i);
            }
            hold();
        }
        for (int round = 0; !queue.isEmpty(); round++) {
            assertTrue(round < 200, "somebody waits for ever: " + queue.headOrNull());
            while (!granted.isEmpty()) {
                end(0);
            }
            poll(steps.size());
            hold();
        }
        assertTrue(queued.isEmpty(), "forgotten: " + queued);
    }

    private void offer(int argument, int now) {
        int[] extents = {1 + argument % 7 * 2, (argument >>> 3) % 18};
        int tenant = (argument >>> 8) % 3;
        boolean fits = extents[1] <= POOL;
        long tenantExtents = holdsAndWaits(tenant);
        int asked = extents[0] + extents[1];
        boolean isInQuota = tenant != 0 || tenantExtents + asked <= QUOTA;
        boolean hasDeadline = (argument >>> 12) % 8 == 0;

        Reservation opened = queue.offer(tenant, 0, ++requests, 0, extents, (argument >>> 10) % 8, now,
            hasDeadline ? now + 20 : FOREVER_NS);

        boolean isTaken = fits && queued.size() < QUEUED_MAX && isInQuota;
        assertEquals(isTaken, opened != null, () -> "refused because " + queue.refusal().reason());
        if (opened != null) {
            queued.add(opened);
        } else {
            boolean isNeverInQuota = tenant == 0 && asked > QUOTA;   // told first: what may never be is not to come again
            assertEquals(!fits ? RejectReason.REQUEST_TOO_BIG : isNeverInQuota ? RejectReason.QUOTA
                : queued.size() >= QUEUED_MAX ? RejectReason.OVERLOADED : RejectReason.QUOTA, queue.refusal().reason());
            assertEquals(!fits || isNeverInQuota, queue.refusal().retryAfterNs() == -1, () -> "told never: " + queue.refusal());
        }
    }

    private long holdsAndWaits(long tenant) {
        long extents = 0;
        for (List<Reservation> list : List.of(queued, granted)) {
            for (Reservation at : list) {
                extents += at.tenantHash() == tenant ? at.extentCount() : 0;
            }
        }
        return extents;
    }

    private void cancel(int argument) {
        if (!queued.isEmpty()) {
            queue.cancel(queued.remove(argument % queued.size()), RejectReason.CANCELLED);
        }
    }

    private void end(int argument) {
        if (!granted.isEmpty()) {
            ledger.close(granted.remove(argument % granted.size()), ReservationState.ABORTED);
        }
    }

    private void poll(int now) {
        late = now;
        if (queue.targetOrNull() != target) {   // a cancel may have taken it away
            target = queue.targetOrNull();
            overtakes = 0;
        }
        queue.poll(now, 1);
        if (queue.targetOrNull() != target) {
            target = queue.targetOrNull();
            overtakes = 0;
        }
    }

    private void hold() {
        ledger.checkInvariants();
        assertEquals(queued.size(), queue.size());
        assertTrue(queue.size() <= QUEUED_MAX);
        assertTrue(holdsAndWaits(0) <= QUOTA);
        long owned = granted.stream().mapToLong(Reservation::extentCount).sum();
        assertEquals(owned, ledger.extents().counts().totals().owned(), "what waits pins nothing");
        assertEquals(queued.stream().mapToLong(Reservation::extentCount).sum() * EXTENT, queue.queuedBytes());
        if (!queue.isEmpty()) {
            assertNotNull(queue.headOrNull());
        }
    }
}
