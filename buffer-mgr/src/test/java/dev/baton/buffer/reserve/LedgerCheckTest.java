package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the walk over all extents and reservations is for: each kind of damage is noticed, and named. */
class LedgerCheckTest {
    private final SlabPlan plan = SlabPlan.even(2, 8 * SlabPlan.EXTENT_BYTES).withSpill(8 * SlabPlan.EXTENT_BYTES);
    private final ReservationLedger ledger = new ReservationLedger(new ExtentLedger(plan), 3, 8);
    private final ExtentCounts counts = ledger.extents().counts();
    private Reservation reservation;

    @BeforeEach
    void grantOne() {
        reservation = ledger.open(1, 2, 3, 0, new int[] {4, 2});
        assertTrue(ledger.tryGrant(reservation));
        assertDoesNotThrow(ledger::checkInvariants);
    }

    @Test
    void shouldNoticeACountThatIsNotThatOfTheExtents() {
        counts.begin();
        counts.taken(1, 1);
        counts.end();

        requireNoticed("counts do not add up: bank=1 which=0 walked=6 counted=5");
    }

    @Test
    void shouldNoticeThatWhatMayBeHadIsNotWhatIsFreeAndIdle() {
        counts.evictableChanged(1, 1);
        counts.begin();
        counts.end();
        requireNoticed("counts do not add up: bank=1 which=4 walked=0 counted=1");
        counts.evictableChanged(1, -1);
        assertDoesNotThrow(ledger::checkInvariants);
    }

    @Test
    void shouldNoticeExtentsThatNobodyFreed() {
        ledger.extents().allocator(1).free(reservation.run(1, 0));

        requireNoticed("free=true owned=1");
    }

    @Test
    void shouldNoticeAReservationThatSaysMoreThanItHas() {
        reservation.extentCount(0, 5);

        requireNoticed("runs do not add up: expected=7");
    }

    @Test
    void shouldNoticeATierThatIsNotWhereTheExtentsLie() {
        reservation.granted(reservation.generation(), Tier.DISK);

        requireNoticed("extents of another shard or tier: shard=0 tier=DISK");
    }

    @Test
    void shouldNoticeAnExtentThatItsReservationNoLongerOwns() {
        long run = reservation.run(0, 0);
        ledger.extents().quarantine(ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + 3, 1),
            reservation.owner());

        requireNoticed("a reserved extent is QUARANTINED: slab=" + ExtentRun.slabId(run) + " extent=" +
            (ExtentRun.firstExtent(run) + 3));
    }

    @Test
    void shouldNoticeSealsThatWereNotCounted() {
        ledger.extents().seal(reservation.run(0, 0), reservation.owner());

        requireNoticed("sealed extents do not add up: walked=4");
    }

    @Test
    void shouldNoticeTwoThatHaveTheSameExtents() {
        Reservation twin = ledger.open(1, 2, 4, 0, new int[] {4, 2});
        twin.granted(reservation.generation(), Tier.DRAM);
        for (int shard = 0; shard < 2; shard++) {
            twin.runs().add(reservation.run(shard, 0));
            twin.runsEnd(shard);
        }
        twin.state(ReservationState.GRANTED);

        requireNoticed("reservations own more than is owned: reserved=12 owned=6");
    }

    private void requireNoticed(String what) {
        IllegalStateException noticed = assertThrows(IllegalStateException.class, ledger::checkInvariants);
        assertTrue(noticed.getMessage().contains(what), noticed::getMessage);
    }
}
