package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.baton.buffer.PoolStats;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReservationLedgerTest {
    private static final int EXTENTS = 16;

    private final ReservationLedger ledger = new ReservationLedger(
        new ExtentLedger(SlabPlan.even(2, EXTENTS * SlabPlan.EXTENT_BYTES)), 0xABCDEF, 8);
    private int requests;

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @ParameterizedTest(name = "{0} and {1} held, {2} and {3} asked")
    @CsvSource({"0,0,16,16,true", "0,0,17,1,false", "8,1,8,15,true", "1,8,8,9,false", "1,8,16,1,false", "3,3,0,13,true"})
    void shouldReserveAllShardsOrNone(int held0, int held1, int asked0, int asked1, boolean granted) {
        assertTrue(held0 + held1 == 0 || ledger.tryGrant(open(held0, held1)));
        Reservation asked = open(asked0, asked1);

        assertEquals(granted, ledger.tryGrant(asked));

        assertEquals(granted ? ReservationState.GRANTED : ReservationState.QUEUED, asked.state());
        int owned = held0 + held1 + (granted ? asked0 + asked1 : 0);
        assertEquals(owned, PoolStats.of(ledger).extents().owned());
        assertEquals(owned * SlabPlan.EXTENT_BYTES, PoolStats.of(ledger).reservedBytes());
    }

    @Test
    void shouldFindAReservationByIdAndByHandoffUntilItEnds() {
        Reservation first = ledger.open(7, 1, 2, 3, new int[] {1, 1});
        long id = first.id();

        assertSame(first, ledger.findOrNull(id));
        assertSame(first, ledger.findOrNull(7, 1, 2, 3));
        assertNull(ledger.findOrNull(7, 1, 2, 4));
        assertNull(ledger.findOrNull(8, 1, 2, 3));
        assertThrows(IllegalStateException.class, () -> ledger.open(7, 1, 2, 3, new int[] {1, 1}));

        ledger.close(first, ReservationState.REJECTED);
        assertNull(ledger.findOrNull(id));
        assertNull(ledger.findOrNull(7, 1, 2, 3));
        Reservation second = ledger.open(7, 1, 2, 3, new int[] {1, 1});
        assertNotEquals(id, second.id());
        assertThrows(IllegalStateException.class, () -> ledger.close(second, ReservationState.RELEASED));
    }

    @Test
    void shouldOpenNoMoreThanItMay() {
        for (int i = 0; i < 8; i++) {
            assertTrue(ledger.placesLeft() > 0);
            open(1, 0);
        }

        assertEquals(0, ledger.placesLeft());
        assertNull(ledger.open(9, 9, 9, 9, new int[] {1, 1}));
    }

    @Test
    void shouldRefuseCountsThatMakeNoSense() {
        assertThrows(IllegalArgumentException.class, () -> ledger.open(0, 0, 0, 0, new int[] {1}));
        assertThrows(IllegalArgumentException.class, () -> ledger.open(0, 0, 0, 0, new int[] {-1, 4}));
        assertThrows(IllegalArgumentException.class, () -> ledger.open(0, 0, 0, 0, new int[] {0, 0}));
        assertEquals(0, ledger.liveCount());
    }

    @Test
    void shouldSealWholeBlocksWhereTheyLieAndFreeTheRest() {
        Reservation done = granted(10, 10);
        ledger.step(done, ReservationState.RECEIVING);
        assertThrows(IllegalStateException.class, () -> ledger.seal(done, 0, 0, 8));
        ledger.step(done, ReservationState.VERIFYING);
        ledger.seal(done, 0, 0, 8);
        ledger.seal(done, 1, 1, 8);
        ledger.checkInvariants();
        ledger.step(done, ReservationState.READY);
        assertEquals(16, PoolStats.of(ledger).extents().sealed());
        assertEquals(0, PoolStats.of(ledger).extents().evictable());
        assertEquals(4, PoolStats.of(ledger).extents().owned());

        ledger.step(done, ReservationState.TAKEN);
        ledger.close(done, ReservationState.RELEASED);

        assertEquals(16, PoolStats.of(ledger).extents().evictable());
        assertEquals(16, PoolStats.of(ledger).extents().free());
        assertEquals(0, PoolStats.of(ledger).reservedBytes());
    }

    @Test
    void shouldEvictTheOldestIdleExtentsForAGrant() {
        StringBuilder evicted = new StringBuilder();
        ledger.extents().evictBy(new ToldEviction(ledger.extents().plan(),
            (shard, run) -> evicted.append(shard).append(':').append(ExtentRun.describe(run))));
        long older = sealedAndReleased(4);
        long younger = sealedAndReleased(4);

        granted(12, 0);

        assertEquals("0:" + ExtentRun.describe(older), evicted.toString());
        assertEquals(ExtentState.SEALED, ledger.extents().state(ExtentRun.slabId(younger), ExtentRun.firstExtent(younger)));
        assertEquals(4, ledger.counters().extentsEvicted());
    }

    @Test
    void shouldPinCachedBlocksInTheGrantAndShareThemBetweenHolders() {
        long cached = sealedAndReleased(6);
        RunList[] held = {new RunList(1), new RunList(1)};
        held[0].add(cached);
        Reservation first = open(16, 2);
        assertFalse(ledger.tryGrant(open(16, 2), held, new int[] {11, 2}), "10 free and 6 held leave no 11th");
        assertEquals(6, PoolStats.of(ledger).extents().evictable(), "a queued request pins nothing");

        assertTrue(ledger.tryGrant(first, held, new int[] {5, 2}));
        Reservation second = open(5, 2);
        assertTrue(ledger.tryGrant(second, held, new int[] {5, 2}));
        assertEquals(2, ledger.extents().holderCount(ExtentRun.slabId(cached), ExtentRun.firstExtent(cached)));
        assertEquals(1, first.heldRunCount(0));
        assertEquals(cached, second.heldRun(0, 0));
        assertEquals(0, ledger.extents().availableCount(0));

        ledger.close(first, ReservationState.ABORTED);
        assertEquals(0, PoolStats.of(ledger).extents().evictable());
        ledger.close(second, ReservationState.ABORTED);
        assertEquals(6, PoolStats.of(ledger).extents().evictable());
    }

    @Test
    void shouldNotFreeByAbortOnceAnAddressWasRevealed() {
        Reservation revealed = granted(4, 4);
        ledger.reveal(revealed);

        assertThrows(IllegalStateException.class, () -> ledger.close(revealed, ReservationState.ABORTED));
        assertEquals(8, PoolStats.of(ledger).extents().owned());

        ledger.step(revealed, ReservationState.REVOKING);
        assertThrows(IllegalStateException.class, () -> ledger.close(revealed, ReservationState.ABORTED));
        ledger.step(revealed, ReservationState.FENCED);
        ledger.close(revealed, ReservationState.ABORTED);
        assertEquals(0, PoolStats.of(ledger).extents().owned());
    }

    @Test
    void shouldShrinkTheUsablePoolByWhatIsQuarantined() {
        Reservation doubtful = granted(10, 3);
        ledger.reveal(doubtful);
        ledger.step(doubtful, ReservationState.REVOKING);
        ledger.step(doubtful, ReservationState.FENCING);
        ledger.quarantine(doubtful);

        assertEquals(6, ledger.extents().usableCount(0));
        assertEquals(0, ledger.tiers().bankTooSmallNow(new int[] {7, 1}));
        assertEquals(1, ledger.tiers().bankTooSmallNow(new int[] {6, 14}));
        assertEquals(-1, ledger.tiers().bankTooSmall(new int[] {7, 14}));
        assertEquals(13, PoolStats.of(ledger).extents().quarantined());
        ledger.checkInvariants();
        assertThrows(IllegalStateException.class, () -> ledger.close(doubtful, ReservationState.ABORTED));

        ledger.confirmFenced(doubtful);
        ledger.seal(doubtful, 1, 0, 2);
        ledger.close(doubtful, ReservationState.ABORTED);
        assertEquals(16, ledger.extents().usableCount(0));
        assertEquals(2, PoolStats.of(ledger).extents().evictable());
    }

    @Test
    void shouldLocateALinearExtentInItsRuns() {
        Reservation whole = granted(16, 16);
        long tail = whole.locate(1, 5);

        assertEquals(11, ExtentRun.extentCount(tail));
        assertEquals(ExtentRun.firstExtent(whole.run(1, 0)) + 5, ExtentRun.firstExtent(tail));
        assertThrows(IndexOutOfBoundsException.class, () -> whole.locate(1, 16));
        assertThrows(IndexOutOfBoundsException.class, () -> whole.locate(1, -1));
    }

    @Test
    void shouldNameTheExtentOfAnIllegalStep() {
        Reservation owner = granted(4, 4);
        long run = owner.run(0, 0);

        IllegalStateException foreign = assertThrows(IllegalStateException.class,
            () -> ledger.extents().release(run, ExtentLedger.owner(99, 1)));
        IllegalStateException unsealed = assertThrows(IllegalStateException.class, () -> ledger.extents().drop(run));

        assertTrue(foreign.getMessage().contains("from=OWNED to=FREE"), foreign::getMessage);
        assertTrue(unsealed.getMessage().contains("extent=" + ExtentRun.firstExtent(run)), unsealed::getMessage);
        assertTrue(unsealed.getMessage().contains("state=OWNED"), unsealed::getMessage);
    }

    @ParameterizedTest
    @EnumSource(ReservationState.class)
    void shouldRefuseEveryStepThatTheTableDoesNotHave(ReservationState next) {
        Reservation queued = open(1, 1);

        if (next != ReservationState.GRANTED && next != ReservationState.REJECTED) {
            assertThrows(IllegalStateException.class, () -> ledger.step(queued, next));
        }
        assertEquals(ReservationState.QUEUED, queued.state());
    }

    @Test
    void shouldKeepAReservationWithinItsBytes() {
        ReservationLedger full = new ReservationLedger(new ExtentLedger(SlabPlan.even(8, 1L << 30)), 1, 4096);

        assertTrue(full.bookkeepingBytes() <= 4096 * 1024L, () -> "bookkeepingBytes=" + full.bookkeepingBytes());
        assertTrue(full.extents().bookkeepingBytes() <= 64L * 8 * 256,
            () -> "bookkeepingBytes=" + full.extents().bookkeepingBytes());
    }

    /** Opening, queueing, granting and closing, as the receiver's agent does for each request. */
    @Test
    void shouldAllocateNothingOnceWarm() {
        AdmissionListener listener = new AdmissionListener() {
            @Override
            public void onGranted(Reservation reservation) {
                ledger.close(reservation, ReservationState.ABORTED);
            }

            @Override
            public void onRejected(Reservation reservation, Refusal refusal) {
                throw new AssertionError("rejected: " + refusal);
            }
        };
        AdmissionQueue queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, listener);
        int[] asked = {3, 5};
        int[] tooMany = {3, 50};
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long fewestBytes = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2000; i++) {
                queue.offer(1, 2, i, 0, asked, 0, 0, 1);
                queue.offer(1, 2, i, 1, tooMany, 0, 0, 1);
                queue.poll(0, 4);
            }
            fewestBytes = Math.min(fewestBytes, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertEquals(40_000, ledger.counters().grants());
        assertEquals(40_000, ledger.counters().rejections(RejectReason.REQUEST_TOO_BIG));
        assertEquals(0, fewestBytes);
    }

    private Reservation open(int... extents) {
        return ledger.open(1, 0, ++requests, 0, extents);
    }

    private Reservation granted(int... extents) {
        Reservation opened = open(extents);
        assertTrue(ledger.tryGrant(opened));
        return opened;
    }

    /** Seals so many extents of shard 0 and lets go of them; the run they lie in. */
    private long sealedAndReleased(int extents) {
        Reservation done = granted(extents, 0);
        long run = done.run(0, 0);
        ledger.step(done, ReservationState.RECEIVING);
        ledger.step(done, ReservationState.VERIFYING);
        ledger.seal(done, 0, 0, extents);
        ledger.step(done, ReservationState.READY);
        ledger.close(done, ReservationState.RELEASED);
        return run;
    }
}
