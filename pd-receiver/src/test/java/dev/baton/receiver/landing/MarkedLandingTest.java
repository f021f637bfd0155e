package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.SourceParts;

/** What a data agent does about marks and lines: bytes that a peer stored in place are verified behind both, and once. */
class MarkedLandingTest extends LandingHarness {
    @Test
    void shouldReadTheOrderThatWaitsWhenAMarkIsThereBeforeIt() {
        open();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 3, true).on(SESSION, 0));
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3 last"), told);
    }

    @Test
    void shouldRefuseMarksOfOthersAndThoseOutOfOrder() {
        open();
        mark(2);
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 2, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION + 1, 0, 1, 3, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION, 1, 1, 3, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 3, false).on(SESSION + 1, 0));
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2"), told);
        assertEquals(4, landings.counters().getFirst().refusedFrames());
    }

    /** Nothing of it lands any more, and a mark still says what lies before it. */
    @Test
    void shouldReadMarksOfWhatIsRevokedUntilItIsClosed() {
        open();
        store(1);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 4, true);
        landings.revoke(RESERVATION);
        work();
        told.clear();
        mark(4);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=4"), told, "and checks nothing");
        landings.close(SLOT, RESERVATION);
        work();
        mark(5);
        assertEquals(1, told.size());
        assertEquals(1, landings.counters().getFirst().refusedFrames());
    }

    @Test
    void shouldVerifyInPlaceOnlyAfterTheMark() {
        open();
        store(1);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 4, true);
        work();
        mark(3);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3"), told);
        mark(4);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3", "mark 0 round=1 lane=0 seq=4", "verified 1 " + CELL_BYTES), told);
    }

    @Test
    void shouldVerifyInPlaceOnlyAfterTheLine() {
        open();
        store(0);
        store(2);
        mark(2);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 2, crcs[2] + 1, 2, true);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2", "verified 0 " + CELL_BYTES, "corrupt 2"), told);
    }

    /** Two senders share a lane: the mark of one says nothing about the bytes of the other. */
    @Test
    void shouldNotTakeAnotherPartsMarkForItsOwn() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.of(map, 2, new int[] {0}));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        landings.bind(RESERVATION, 1, SESSION + 1, TOKEN);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        work();
        agent.onMark(mark.set(RESERVATION, GENERATION, 1, 1, 9, true).on(SESSION + 1, 0));
        work();
        assertEquals(List.of("mark 1 round=1 lane=0 seq=9 last"), told);
        store(0);
        mark(1);
        assertEquals(List.of("mark 1 round=1 lane=0 seq=9 last", "mark 0 round=1 lane=0 seq=1", "verified 0 " + CELL_BYTES), told);
    }

    /** Each process may write where its own cells lie, and nowhere else, though it has bound a part of the same handoff. */
    @Test
    void shouldNotLetAPartWriteTheCellsOfAnother() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.of(map, 2, new int[] {0}));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        landings.bind(RESERVATION, 1, SESSION + 1, TOKEN + 1);
        work();
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN);
        assertTrue(agent.admit(at(0, 0, 100)));
    }

    /** A sender that says a line twice harms itself only: the second is not taken, and the agent goes on. */
    @Test
    void shouldNotTakeALineTwice() {
        open();
        store(0);
        store(1);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 2, true);
        work();
        mark(2);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 2, true);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2", "verified 0 " + CELL_BYTES, "verified 1 " + CELL_BYTES), told);
        assertEquals(2, landings.counters().getFirst().refusedFrames());
    }

    @Test
    void shouldTellOneSidedCellsMissingOnlyWhenNoMarkCovers() {
        open();
        store(0);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 7, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.seal(RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last", "missing 1 of 2", "missing 2 of 2", "verified 0 " + CELL_BYTES), told);
    }

    @Test
    void shouldDropQueuedChecksOfARevokedLanding() {
        open();
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 1, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.revoke(RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last", "revoked lane=0"), told);
        assertFalse(agent.admit(at(0, 0, 100)));
        assertEquals(0, landings.counters().getFirst().corruptCells());
    }

    @Test
    void shouldDropQueuedChecksOfAClosedLanding() {
        open();
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 1, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.close(SLOT, RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last"), told);
        assertFalse(agent.admit(at(0, 0, 100)));
    }
}
