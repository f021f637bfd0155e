package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.rdma.SharedRdmaRig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lanes over two devices of software: whose cable is pulled, and what becomes of what was under way. */
@Timeout(60)
class RdmaRailsTest {
    private static final String FIRST = "127.0.0.1";
    private static final String SECOND = "127.0.0.2";

    private final SharedRdmaRig rails = new SharedRdmaRig(List.of(FIRST, SECOND));
    private final LaneRig rig = rails;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        rig.start(directory);
    }

    @Test
    void shouldRegisterMemoryWithEveryDeviceBeforeAnyLaneIsOpened() {
        try (Region source = Regions.anonymous(rig.ledger(), "test.source", 1 << 20); rig) {
            rig.sender().registerSource(source.address(), source.lengthBytes());
            assertEquals(0, rails.registeredCount());
            rig.sender().prepare();
            // That memory, and the table of slabs.
            assertEquals(2 * 2, rails.registeredCount());
            rig.sender().prepare();
            assertEquals(2 * 2, rails.registeredCount());
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    /** The lane of the contract test is number 3, so its own rail is the second. */
    @Test
    void shouldLayLanesOverDevicesInTurn() {
        try (rig; LanePair pair = new LanePair(rig, new Random(1), List.of(FIRST)).connected()) {
            assertEquals(SECOND, pair.inlet.host());
            rails.down(0, true);
            pair.send(1, 0, 0, 0, 0, 0, 2_000_000, 0);
            pair.markAndAwait(1, 1);
            pair.checkMemory();
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    @Test
    void shouldGoOnByTheOtherRailWithoutLosingAByteOrAMark() {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        try (rig; LanePair pair = new LanePair(rig, random, List.of(FIRST)).connected()) {
            int[] marks = {0};
            pair.receiver.onMark(() -> {
                assertEquals(++marks[0], pair.receiver.lastMark().seq(), "each mark once, in order");
                pair.checkMemory();
            });
            int rail = 1;
            for (int seq = 1; seq <= 40; seq++) {
                boolean isPulled = seq % 8 == 0;
                if (isPulled) {
                    rails.down(rail, true);
                }
                pair.send(1, 0, 0, seq % 2, random.nextInt(1 << 20), random.nextInt(1 << 20), 1 + random.nextInt(3_000_000), 0);
                pair.markAndAwait(1, seq);
                if (isPulled) {
                    rails.down(rail, false);
                    rail = 1 - rail;
                }
            }
            assertEquals(40, marks[0]);
            pair.await(() -> pair.link.completedPosition() == pair.link.acceptedPosition(), "writes to complete");
            assertEquals(List.of(), pair.receiver.lanesClosed);
            assertEquals(List.of(), pair.receiver.badFrames);
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
        assertEquals(0, rails.registeredCount());
        assertEquals(0, rails.queuePairCount());
    }

    /** Marks that arrived, and whose completion or reading the sender has not heard of, are not told twice. */
    @Test
    void shouldTellNoMarkTwiceThatWasOnItsWay() {
        try (rig; LanePair pair = new LanePair(rig, new Random(7), List.of(FIRST), true).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 1_000_000, 0);
            for (int seq = 1; seq <= 10; seq++) {
                assertEquals(1, pair.tryMark(1, seq, false));
            }
            // They lie in the receiver's memory, unread; then the cable goes, with more behind it.
            rails.down(1, true);
            pair.tryWrite(1, 1, 1, 5000, 400_000);
            pair.expect(1, 5000, 0, 400_000);
            for (int seq = 11; seq <= 20; seq++) {
                pair.tryMark(1, seq, false);
            }
            int[] last = {0};
            pair.receiver.onMark(() -> assertEquals(++last[0], pair.receiver.lastMark().seq()));
            pair.await(() -> pair.receiver.markCount() == 20, "marks to be read");
            pair.checkMemory();
        }
    }

    /** The receiver has the mark, the sender knows nothing of it: it is told by the answer how many were read. */
    @Test
    void shouldNotTellAgainWhatArrivedWithoutAnAnswer() {
        try (rig; LanePair pair = new LanePair(rig, new Random(9), List.of(FIRST), true).connected()) {
            int[] last = {0};
            pair.receiver.onMark(() -> assertEquals(++last[0], pair.receiver.lastMark().seq()));
            pair.markAndAwait(1, 1);
            rails.deaf(true);
            assertEquals(1, pair.tryMark(1, 2, false));
            rails.deaf(false);
            pair.send(1, 0, 0, 0, 9, 0, 100_000, 0);
            pair.markAndAwait(1, 3);
            assertEquals(3, pair.receiver.markCount());
            assertTrue(pair.receiver.lanesClosed.isEmpty());
            pair.checkMemory();
        }
    }

    @Test
    void shouldEndTheLaneWhenNoRailIsLeft() {
        try (rig; LanePair pair = new LanePair(rig, new Random(2), List.of(FIRST)).connected()) {
            pair.markAndAwait(1, 1);
            rails.down(true);
            pair.tryWrite(1, 0, 0, 0, 4096);
            pair.await(pair.link::isClosed, "sender to give up");
            assertTrue(pair.link.whyClosed().contains("status=-110"), pair.link::whyClosed);
            pair.await(() -> pair.receiver.lanesClosed.equals(List.of(LanePair.SESSION)), "receiver to give up");
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    /** A closed session is no broken cable: the lane does not come back by another way. */
    @Test
    void shouldNotComeBackToAClosedSession() {
        try (rig; LanePair pair = new LanePair(rig, new Random(3), List.of(FIRST)).connected()) {
            pair.markAndAwait(1, 1);
            pair.inlet.closeSession(LanePair.SESSION);
            pair.await(pair.link::isClosed, "link to hear that its session was closed");
            assertFalse(pair.link.isConnected());
            assertEquals(List.of(), pair.receiver.badFrames);
        }
        assertEquals(0, rails.queuePairCount());
    }

    /** The receiver waits for a lane that broke; not for one whose sender said that it ends. */
    @Test
    void shouldHearAtOnceThatTheSenderEnded() {
        try (rig; LanePair pair = new LanePair(rig, new Random(4), List.of(FIRST)).connected()) {
            pair.markAndAwait(1, 1);
            long startNs = System.nanoTime();
            pair.link.close();
            pair.await(() -> pair.receiver.lanesClosed.equals(List.of(LanePair.SESSION)), "receiver to hear of it");
            assertTrue(System.nanoTime() - startNs < 5_000_000_000L, "it did not wait for another way");
        }
    }

    /** Two slabs and their table at the receiver, one source and an empty table at the sender, twice; then a ring and an inbox a lane. */
    @Test
    void shouldRegisterMemoryOnceAtEachDeviceBeforeTheFirstLane() {
        try (rig; LanePair pair = new LanePair(rig, new Random(8), List.of(FIRST), true)) {
            assertEquals(2 * (3 + 2), rails.registeredCount());
            pair.connected();
            assertEquals(2 * (3 + 2) + 2, rails.registeredCount());
            rails.down(1, true);
            pair.send(1, 0, 0, 0, 0, 0, 100_000, 0);
            pair.markAndAwait(1, 1);
            assertEquals(2 * (3 + 2) + 2, rails.registeredCount(), "going on elsewhere registers no slab again");
        }
        assertEquals(0, rails.registeredCount());
    }

    @Test
    void shouldDialAnotherRailWhereTheFirstDoesNotAnswer() {
        rails.down(1, true);
        try (rig; LanePair pair = new LanePair(rig, new Random(5), List.of(FIRST)).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 100_000, 0);
            pair.markAndAwait(1, 1);
            pair.checkMemory();
        }
    }

    /** By guessing the session alone nobody takes a lane away from its sender. */
    @Test
    void shouldNotGiveALaneAwayToWhoDoesNotKnowItsToken() {
        try (rig; LanePair pair = new LanePair(rig, new Random(6), List.of(FIRST)).connected()) {
            pair.markAndAwait(1, 1);
            assertFalse(rails.comesAgain(pair.inlet.port(), LanePair.SESSION, LanePair.LANE, LanePair.TOKEN_HIGH,
                LanePair.TOKEN_LOW + 1, () -> pair.step()));
            pair.send(1, 0, 0, 0, 0, 0, 100_000, 0);
            pair.markAndAwait(1, 2);
            pair.checkMemory();
            assertEquals(List.of(), pair.receiver.lanesClosed);
        }
    }
}
