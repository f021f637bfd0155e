package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.kv.CellMap;
import dev.baton.memory.Regions;
import dev.baton.platform.Posix;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.receiver.core.SourceParts;
import dev.baton.transport.InletContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.shm.ShmFiles;
import dev.baton.transport.shm.ShmTransport;

/** What a data agent admits, when it verifies what it copied, what it tells. */
class LandingAgentTest extends LandingHarness {
    /** Landings of so many cells that one seal tells as much as it may. */
    private static final int MANY = 110;

    @Test
    void shouldLandAndVerifyAWholeCellOverRunBoundaries() {
        open();
        assertEquals(CELL_BYTES, map.lengthBytes(1));
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 0, false);
        land(1);
        assertEquals(List.of("verified 1 " + CELL_BYTES), told);
        assertEquals(CELL_BYTES, landings.counters().getFirst().landedBytes());
        assertEquals(CELL_BYTES, landings.counters().getFirst().verifiedBytes());
    }

    /** Every inlet hears of each session, and in their order: a ring that fails is that session's, and shared memory's. */
    @Test
    void shouldLandOnOtherLanesOfASessionWhoseRingCannotBeMade(@TempDir Path parent) throws IOException {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        Path directory = Regions.privateDirectory(parent.resolve("baton"));
        Files.writeString(ShmFiles.ring(directory, 7, SESSION, 0), "in the way");
        try (ShmTransport shm = new ShmTransport(new TransportContext(7, directory, null, copier, memory))) {
            landings.inlets(0, List.of(shm.openInlet(new InletContext(0, "", 0, agent, 4096)), inlet));
            landings.fence("shm", shm.fence());
            landings.fence().watch(SESSION);
            landings.openSession(SESSION, 1, 2);
            open();
            landings.line(RESERVATION, 0, 0, 1, crcs[1], 0, false);
            land(1);
            assertEquals(List.of("verified 1 " + CELL_BYTES), told);
            landings.closeSession(SESSION);
            work();
            assertEquals(List.of("open " + SESSION, "close " + SESSION), inlet.said);
        }
    }

    @Test
    void shouldJudgeACellWhoseLineComesAfterItsBytes() {
        open();
        land(1);
        assertEquals(List.of(), told);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 0, false);
        work();
        assertEquals(List.of("verified 1 " + CELL_BYTES), told);
    }

    @Test
    void shouldTellACorruptCellOnceAndTakeItAnewAfterReopen() {
        open();
        landings.line(RESERVATION, 0, 0, 0, crcs[0] + 1, 0, false);
        land(0);
        assertEquals(List.of("corrupt 0"), told);
        landings.seal(RESERVATION);
        landings.reopen(RESERVATION, 0, 0);
        work();
        told.clear();
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 0, false);
        land(0);
        assertEquals(List.of("verified 0 " + CELL_BYTES), told);
    }

    @Test
    void shouldAdmitExactlyTheNextBytesOfTheRightPlace() {
        open();
        work();
        assertTrue(agent.admit(at(0, 0, EXTENT_BYTES)));
        assertFalse(agent.admit(at(0, 100, 100)), "not from its first byte");
        assertFalse(agent.admit(at(0, 0, EXTENT_BYTES + 1)), "over the end of the run");
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0) + 1, 100)), "beside its place");
        assertFalse(agent.admit(frame.place(0, 0, 1, slabOffset(0, 0), 100)), "another slab");
        assertFalse(agent.admit(frame.place(CELLS, 0, 0, 0, 100)), "no such cell");
        assertFalse(agent.admit(frame.place(-1, 0, 0, 0, 100)), "no such cell");
        assertFalse(agent.admit(frame.place(0, -1, 0, slabOffset(0, 0), 100)), "before the cell");
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION + 1, GENERATION, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION + 1, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(0, RESERVATION, GENERATION, 0);
        assertEquals(12, landings.counters().getFirst().refusedFrames());
        assertEquals(0, landings.counters().getFirst().landedBytes());
    }

    @Test
    void shouldRefuseBytesOfACellThatIsWhole() {
        open();
        land(0);
        frame.reservation(SESSION, RESERVATION, GENERATION, TOKEN);
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
        assertFalse(agent.admit(frame.place(0, CELL_BYTES, 0, 0, 1)), "over the end of the cell");
    }

    @Test
    void shouldReadTheOrderThatWaitsWhenAFrameIsThereBeforeIt() {
        open();
        assertTrue(agent.admit(at(0, 0, 100)), "orders were waiting in the ring");
    }

    /** The control agent binds a part and tells its addresses while this agent is in the middle of a poll: the first frame is there before the order is read. */
    @Test
    void shouldTakeAFrameWhoseOrderToBindStillWaits() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        work();
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        assertTrue(agent.admit(at(0, 0, 100)), "the order to bind was waiting in the ring");
        assertEquals(0, landings.counters().getFirst().refusedFrames());
    }

    @Test
    void shouldTakeAMarkWhoseOrderToBindStillWaits() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        work();
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        mark(1);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1"), told);
    }

    @Test
    void shouldTakeAFrameOfACellWhoseOrderToComeAgainStillWaits() {
        open();
        landings.line(RESERVATION, 0, 0, 0, crcs[0] + 1, 0, false);
        land(0);
        landings.seal(RESERVATION);
        work();
        landings.reopen(RESERVATION, 0, 0);
        assertTrue(agent.admit(at(0, 0, 100)), "the order to take it again was waiting in the ring");
    }

    @Test
    void shouldTellWhatIsMissingWhenSealed() {
        open();
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 0, false);
        land(0);
        land(2);   // whole, but no line says what it should be
        told.clear();
        landings.seal(RESERVATION);
        work();
        assertEquals(List.of("missing 1 of 2", "missing 2 of 2"), told);
        assertFalse(agent.admit(at(1, 0, 100)), "nothing more is taken");
    }

    /** Each seal tells of a thousand cells, and all of them of far more than there is room for: the rest waits until what was told is heard. */
    @Test
    void shouldTellAllThatIsMissingHoweverMuchIsSealedAtOnce() {
        openMany();
        for (int i = 0; i < MANY; i++) {
            landings.seal(RESERVATION + i);
        }
        for (int cycle = 0; cycle < 3; cycle++) {
            agent.doWork();
        }
        hearAllThatIsMissing();
    }

    /** The same in the middle of a poll, in which there must stay room for what the poll itself brings. */
    @Test
    void shouldTellAllThatIsMissingThoughItIsSealedDuringAPoll() {
        openMany();
        inlet.arrivals.add(() -> {
            for (int i = 0; i < MANY; i++) {
                landings.seal(RESERVATION + i);
            }
            assertFalse(agent.admit(at(0, 0, 100).reservation(SESSION, RESERVATION - 1, GENERATION, TOKEN)), "reads what orders it may");
            for (int i = 0; i < inlet.byteLimit / 32; i++) {
                agent.onLaneClosed(SESSION, 0);
            }
        });
        agent.doWork();
        hearAllThatIsMissing();
    }

    private void openMany() {
        CellMap large = map(LandingEvents.MISSING_TOLD_MAX);
        for (int i = 0; i < MANY; i++) {
            landings.open(SLOT, RESERVATION + i, GENERATION, large, runs, SourceParts.one(large));
            agent.doWork();
        }
    }

    private void hearAllThatIsMissing() {
        for (int cycle = 0; cycle < 1000 && told.size() < MANY * LandingEvents.MISSING_TOLD_MAX; cycle++) {
            landings.poll(this);
            told.removeIf("laneClosed 0"::equals);
            agent.doWork();
        }
        assertEquals(MANY * LandingEvents.MISSING_TOLD_MAX, told.size());
    }

    @Test
    void shouldHoldASealInTheShortestRing() {
        assertTrue(new LandingOutbox(Landings.RING_BYTES_MIN / 2).hasRoomFor(LandingEvents.MISSING_TOLD_MAX));
    }

    /** Wherever in the ring an order lies, behind its end too: what it admits is not refused. */
    @Test
    void shouldReadEachOrderThatWaitsWhereverTheRingEnds() {
        for (int i = 0; i < 30_000; i++) {
            landings.open(SLOT, RESERVATION + i, GENERATION, map, runs, SourceParts.one(map));
            landings.bind(RESERVATION + i, 0, SESSION, TOKEN);
            frame.reservation(SESSION, RESERVATION + i, GENERATION, TOKEN);
            assertTrue(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)), "i=" + i);
            landings.close(SLOT, RESERVATION + i);
        }
    }

    @Test
    void shouldNotOpenALandingWhoseSlotWentToAnother() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        landings.close(SLOT, RESERVATION);
        landings.open(SLOT, RESERVATION + 4, GENERATION + 1, map, runs, SourceParts.one(map));
        landings.bind(RESERVATION + 4, 0, SESSION, TOKEN);
        work();
        assertFalse(agent.admit(at(0, 0, 100)));
        frame.reservation(SESSION, RESERVATION + 4, GENERATION + 1, TOKEN);
        assertTrue(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
    }

    @Test
    void shouldCloseASessionOnlyAfterThePollThatHeardOfIt() {
        landings.closeSession(SESSION);
        inlet.arrivals.add(() -> {
            landings.closeSession(SESSION + 1);
            assertFalse(agent.admit(at(0, 0, 100)));   // reads the order
            assertEquals(List.of("close " + SESSION), inlet.said);
        });
        work();
        assertEquals(List.of("close " + SESSION, "close " + (SESSION + 1)), inlet.said);
    }
}
