package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/** Steps in any order, most of them illegal: the table decides, and what it refuses changes nothing. */
class ReservationStepPropertyTest {
    private static final long EXTENT = SlabPlan.EXTENT_BYTES;

    private ReservationLedger ledger;
    private boolean isRevealed;

    @BeforeTry
    void beginEmpty() {
        ledger = new ReservationLedger(new ExtentLedger(SlabPlan.even(2, 8 * EXTENT)), 5, 8);
        isRevealed = false;
    }

    @Property(tries = 500)
    void shouldStepAsTheTableSaysAndNeverFreeWhatWasRevealedBeforeItIsFenced(
        @ForAll @Size(min = 1, max = 60) List<ReservationState> steps, @ForAll boolean isTold) {
        Reservation at = ledger.open(1, 2, 3, 0, new int[] {3, 2});
        boolean isFenced = false;
        for (ReservationState next : steps) {
            ReservationState from = at.state();
            boolean isLegal = from.mayBecome(next)
                && !(from == ReservationState.GRANTED && next == ReservationState.ABORTED && isRevealed);
            if (!isLegal) {
                long free = ledger.extents().counts().totals().free();
                assertThrows(IllegalStateException.class, () -> move(at, next), from + " to " + next);
                assertEquals(from, at.state());
                assertEquals(free, ledger.extents().counts().totals().free());
                continue;
            }
            move(at, next);
            assertEquals(next, at.state());
            ledger.checkInvariants();
            if (next == ReservationState.GRANTED && isTold) {
                ledger.reveal(at);
                isRevealed = true;
            }
            isFenced |= next == ReservationState.FENCED;
            if (next.isTerminal()) {
                assertEquals(16, ledger.extents().counts().totals().free());
                assertTrue(next != ReservationState.ABORTED || isFenced || !isRevealed, "free without evidence");
                assertEquals(0, ledger.liveCount());
                assertNull(ledger.findOrNull(1, 2, 3, 0));
                return;
            }
            long owned = next == ReservationState.QUEUED ? 0 : 5;
            assertEquals(next == ReservationState.QUARANTINED ? 0 : owned,
                ledger.extents().counts().totals().owned());
        }
    }

    @Property(tries = 200)
    void shouldStampEachGrantSoThatAFormerOwnerOwnsNothing(
        @ForAll @Size(min = 2, max = 12) List<@IntRange(min = 1, max = 8) Integer> sizes) {
        long formerOwner = 0;
        for (int i = 0; i < sizes.size(); i++) {
            Reservation at = ledger.open(1, 2, i, 0, new int[] {sizes.get(i), 0});
            assertTrue(ledger.tryGrant(at));
            long run = at.run(0, 0);
            assertTrue(ledger.extents().isOwnedBy(run, at.owner()));
            assertTrue(formerOwner != at.owner(), "a stamp came again");
            assertTrue(i == 0 || !ledger.extents().isOwnedBy(run, formerOwner));
            assertEquals(at, ledger.findOrNull(at.id()));
            formerOwner = at.owner();
            long formerId = at.id();
            ledger.close(at, ReservationState.ABORTED);
            assertNull(ledger.findOrNull(formerId));
            assertEquals(ExtentState.FREE, ledger.extents().state(ExtentRun.slabId(run), ExtentRun.firstExtent(run)));
        }
    }

    private void move(Reservation at, ReservationState next) {
        if (next == ReservationState.GRANTED) {
            assertTrue(ledger.tryGrant(at));
        } else if (next.isTerminal()) {
            ledger.close(at, next);
        } else if (next == ReservationState.QUARANTINED) {
            ledger.quarantine(at);
        } else if (next == ReservationState.FENCED && at.state() == ReservationState.QUARANTINED) {
            ledger.confirmFenced(at);
        } else {
            ledger.step(at, next);
        }
    }
}
