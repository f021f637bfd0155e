package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.rdma.FaultyRdmaRig;
import dev.baton.transport.rdma.SharedRdmaRig;
import dev.baton.transport.rdma.SoftRdmaRig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What lanes over RDMA do when writes are late, links break and memory is registered: with devices of software, so that it can be said when. */
@ParameterizedClass(name = "{0}")
@MethodSource("rigs")
@Timeout(60)
class RdmaLanesTest {
    private final FaultyRdmaRig faulty;
    private final LaneRig rig;

    @TempDir
    private Path directory;

    RdmaLanesTest(FaultyRdmaRig faulty) {
        this.faulty = faulty;
        rig = faulty;
    }

    static Stream<FaultyRdmaRig> rigs() {
        return Stream.of(new SoftRdmaRig(), new SharedRdmaRig(), SharedRdmaRig.byEvents());
    }

    @BeforeEach
    void start() {
        faulty.hold(false);
        faulty.down(false);
        rig.start(directory);
    }

    /** From registered memory the card reads in place: no other memory of the lane is made. */
    @Test
    void shouldWriteStraightFromRegisteredMemory() {
        try (rig; LanePair pair = new LanePair(rig, new Random(1), LanePair.TOKEN_LOW, true).connected()) {
            int crc = 0;
            for (int i = 0; i < 9; i++) {
                crc = pair.send(1, 0, i * 700_001L, 0, 5 + i * 700_001L, i * 700_001, 700_001, crc);
            }
            pair.markAndAwait(1, 1);
            pair.checkMemory();
            assertEquals(0, rig.ledger().bytes("transport.rdma.bounce"));

            pair.link.close();
            assertEquals(0, rig.ledger().bytes("transport.rdma.inbox"));
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
        assertEquals(0, faulty.registeredCount(), "what was registered is given back");
        assertEquals(0, faulty.queuePairCount());
    }

    /** The fence: writes that were posted before the session closed, and arrive after, change nothing. */
    @Test
    void shouldLetNoLateWriteReachMemoryOfAClosedSession() {
        try (rig; LanePair pair = new LanePair(rig, new Random(2)).connected()) {
            WriterFence fence = rig.receiver().fence();
            fence.watch(LanePair.SESSION);
            assertTrue(fence.isHeld(LanePair.SESSION));
            assertFalse(fence.isGone(LanePair.SESSION));
            pair.send(1, 0, 0, 0, 0, 0, 100_000, 0);
            pair.markAndAwait(1, 1);

            faulty.hold(true);
            assertTrue(pair.tryWrite(1, 1, 1, 4096, 200_000) > 0);
            pair.link.poll();
            assertTrue(pair.link.completedPosition() < pair.link.acceptedPosition(), "the write is on its way");
            assertFalse(fence.isGone(LanePair.SESSION), "a queue pair of that session is there yet");
            pair.inlet.closeSession(LanePair.SESSION);
            assertTrue(fence.isGone(LanePair.SESSION));
            assertFalse(fence.isWordProof(LanePair.SESSION), "a card may hold writes that its process gave up");

            faulty.hold(false);
            pair.await(pair.link::isClosed, "sender to notice that its writes are refused");
            pair.checkMemory();
            fence.forget(LanePair.SESSION);
            assertFalse(fence.isGone(LanePair.SESSION));
        }
    }

    @Test
    void shouldFenceOneSessionAndLeaveTheOthersAlone() {
        try (rig; LanePair pair = new LanePair(rig, new Random(3)).connected()) {
            pair.inlet.openSession(5, 1, 2);
            try (Link other = rig.sender().openLink(rig.linkContext(5, pair.inlet, 1, 2, pair.receiver.slabs()))) {
                pair.await(() -> other.poll() >= 0 && other.isConnected(), "second lane to connect");
                pair.inlet.closeSession(5);
                pair.await(() -> other.poll() >= 0 && other.isClosed(), "second lane to end");
            }
            pair.send(1, 0, 0, 1, 99, 3, 300_000, 0);
            pair.markAndAwait(1, 1);
            pair.checkMemory();
            assertEquals(List.of(), pair.receiver.lanesClosed);
        }
    }

    @Test
    void shouldEndBothEndsWhenNoAnswerComes() {
        try (rig; LanePair pair = new LanePair(rig, new Random(4)).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 50_000, 0);
            pair.markAndAwait(1, 1);
            faulty.down(true);
            pair.tryWrite(1, 1, 0, 100_000, 50_000);
            pair.await(pair.link::isClosed, "sender to give up");
            assertTrue(pair.link.whyClosed().contains("status=12"), pair.link::whyClosed);
            pair.await(() -> pair.receiver.lanesClosed.equals(List.of(LanePair.SESSION)), "receiver to hear that the lane closed");
            pair.checkMemory();
        }
    }

    @Test
    void shouldSayWhyWhenNobodyListens() {
        try (rig; Link link = rig.sender().openLink(
            new LinkContext(1, 0, LaneRig.HOST, 9, LaneRig.RECEIVER, 1, 2, List.of()))) {
            for (int i = 0; i < 100 && !link.isClosed(); i++) {
                link.poll();
            }
            assertTrue(link.whyClosed().contains("refused the lane: status=8"), link::whyClosed);
        }
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    @Test
    void shouldRefuseAPeerWhoseSlabsAreNotWhatItsHelloTold() {
        try (rig; LanePair pair = new LanePair(rig, new Random(5)).connected()) {
            pair.inlet.openSession(5, 1, 2);
            List<RemoteSlab> told = List.of(new RemoteSlab(0, 0, TestReceiver.SLAB_BYTES), new RemoteSlab(1, 0, 4096));
            try (Link link = rig.sender().openLink(rig.linkContext(5, pair.inlet, 1, 2, told))) {
                pair.await(() -> link.poll() >= 0 && link.isClosed(), "lane to be given up");
                assertTrue(link.whyClosed().contains("slab=1"), link::whyClosed);
            }
        }
    }
}
