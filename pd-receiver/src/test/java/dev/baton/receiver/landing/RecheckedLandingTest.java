package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.SourceParts;

/** What a data agent reads again of a handoff that failed: its bytes as they lie there now, and nothing that it never verified. */
class RecheckedLandingTest extends LandingHarness {
    /** Landed and verified, then revoked. */
    private void failed(int... cells) {
        open();
        for (int cell : cells) {
            land(cell);
            landings.line(RESERVATION, 0, 0, cell, crcs[cell], 1, false);
        }
        landings.revoke(RESERVATION);
        work();
        told.clear();
    }

    private void recheck(int endBlock) {
        landings.recheck(SLOT, RESERVATION, endBlock);
        work();
    }

    /** One byte of the cell is another than it was. */
    private void writeLate(int cell) {
        copier.copy(source.address() + 5, pool.address(0, 0) + slabOffset(cell, CELL_BYTES - EXTENT_BYTES) + EXTENT_BYTES - 1, 1);
    }

    @Test
    void shouldFindRightWhatLiesThereAsItWasVerified() {
        failed(0, 1, 2);
        recheck(CELLS);
        assertEquals(List.of("rechecked lane=0 end=" + CELLS), told);
        assertEquals(CELLS * CELL_BYTES, landings.counters().getFirst().rereadBytes());
    }

    @Test
    void shouldNotFindRightWhatWasWrittenOverSinceItWasVerified() {
        failed(0, 1, 2);
        writeLate(1);
        recheck(CELLS);
        assertEquals(List.of("rechecked lane=0 end=1"), told);
    }

    @Test
    void shouldEndBeforeACellThatWasNeverVerified() {
        failed(0, 2);
        recheck(CELLS);
        assertEquals(List.of("rechecked lane=0 end=1"), told);
    }

    /** The bytes are right, but no mark said that they are all there: nobody may rely on them. */
    @Test
    void shouldNotReadWhatWasStoredWithoutItsMark() {
        open();
        store(0);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.revoke(RESERVATION);
        work();
        told.clear();
        recheck(CELLS);
        assertEquals(List.of("rechecked lane=0 end=0"), told);
        assertEquals(0, landings.counters().getFirst().rereadBytes());
    }

    @Test
    void shouldReadNoFurtherThanItWasAsked() {
        failed(0, 1, 2);
        recheck(2);
        assertEquals(List.of("rechecked lane=0 end=2"), told);
        assertEquals(2 * CELL_BYTES, landings.counters().getFirst().rereadBytes());
    }

    @Test
    void shouldNotReadForAReservationWhosePlaceIsAnothers() {
        failed(0);
        landings.recheck(SLOT, RESERVATION + 1, CELLS);
        work();
        assertEquals(List.of(), told);
    }

    @Test
    void shouldReadABoundedNumberOfBytesACycle() {
        failed(0, 1, 2);
        LandingOutbox outbox = new LandingOutbox(1 << 16);
        LandingCounters counters = new LandingCounters();
        LandingRecheck recheck = new LandingRecheck(0, copier, outbox, counters);
        recheck.order(landing(), CELLS);
        int cycles = 0;
        for (long before = -1; counters.rereadBytes() > before; cycles++) {
            before = counters.rereadBytes();
            recheck.doWork(5000);
            assertTrue(counters.rereadBytes() - before <= 5001, () -> "read=" + counters.rereadBytes());
        }
        outbox.drain(this, 10);
        assertEquals(List.of("rechecked lane=0 end=" + CELLS), told);
        assertTrue(cycles >= CELLS * CELL_BYTES / 5000, "cycles=" + cycles);
        assertEquals(0, recheck.doWork(5000));
    }

    @Test
    void shouldGiveUpAnOrderAndGoOnWithTheNext() {
        failed(0, 1, 2);
        LandingOutbox outbox = new LandingOutbox(1 << 16);
        LandingRecheck recheck = new LandingRecheck(0, copier, outbox, new LandingCounters());
        Landing first = landing();
        Landing second = new Landing(RESERVATION + 1, GENERATION, map, runs, pool, 1, SourceParts.one(map));
        recheck.order(first, CELLS);
        recheck.order(second, CELLS);
        recheck.doWork(CELL_BYTES + 10);
        recheck.forget(RESERVATION + 7);
        recheck.forget(RESERVATION);
        recheck.doWork(CELL_BYTES);
        outbox.drain(this, 10);
        assertEquals(List.of("rechecked lane=0 end=0"), told);
    }

    /** As the agent has it, with every cell verified. */
    private Landing landing() {
        Landing landing = new Landing(RESERVATION, GENERATION, map, runs, pool, 1, SourceParts.one(map));
        for (int cell = 0; cell < CELLS; cell++) {
            landing.expect(cell, crcs[cell]);
            landing.flag(cell, Landing.VERIFIED);
        }
        return landing;
    }
}
