package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.rdma.RdmaRig;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What real verbs do to a lane when something goes wrong: what each end is told, after how long, and that nothing lands
 * once the receiver has fenced the session. Both ends are in this process. Needs a device, and some of it two with a
 * cable of software between them, as {@code baton test rdma} has.
 */
@Tag("rdma")
@Timeout(120)
class RdmaFaultsTest {
    private static final long LANE_BY_HAND = 5;
    private static final int WRITE_BYTES = 1 << 20;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final RdmaRig devices = new RdmaRig();
    private final LaneRig rig = devices;
    private LanePair pair;
    private LateWrites late;

    @TempDir
    private Path directory;

    @BeforeEach
    void connect() {
        assumeTrue(RdmaRig.isPossible(), "no RDMA device");
        System.out.println("seed=" + seed);
        rig.start(directory);
        pair = new LanePair(rig, new Random(seed), LanePair.TOKEN_LOW, true).connected();
        late = new LateWrites(pair.receiver, pair.inlet, rig.receiver().fence());
        late.watch(LanePair.SESSION);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        if (pair != null) {
            pair.close();
            rig.close();
            assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
        }
    }

    @Test
    void shouldEndALaneThatWritesWithAKeyThatNobodyGave() {
        try (RdmaRig.Hand hand = laneByHand()) {
            RdmaFault fault = new RdmaFault("wrong key");
            hand.writeWithWrongKey(4096);
            pair.await(() -> fault.bothKnow(hand.failedStatus() != CompletionQueue.SUCCESS, "status=" + hand.failedStatus(),
                pair.receiver.lanesClosed.contains(LANE_BY_HAND), "lane closed"), "both ends to know");

            assertEquals(CompletionQueue.REMOTE_ACCESS_ERROR, hand.failedStatus());
            pair.checkMemory();
            pair.send(1, 0, 0, 0, 7, 0, 300_000, 0);
            pair.markAndAwait(1, 1);
            pair.checkMemory();
            late.awaitNone(LANE_BY_HAND, () -> { });
            fault.report("untouched, free again");
        }
    }

    /** Many writes are on their way, and the card that shall take them forgets the memory. */
    @Test
    void shouldEndBothEndsWhenTheRegionIsRevokedUnderWritesInFlight() {
        int inFlight = fillWindow();
        RdmaFault fault = new RdmaFault("region revoked, writes in flight: " + inFlight);
        rig.receiver().close();
        awaitBoth(fault);

        assertTrue(pair.link.whyClosed().contains("status=" + CompletionQueue.REMOTE_ACCESS_ERROR), pair.link::whyClosed);
        late.awaitNone(LanePair.SESSION, pair.link::poll);
        fault.report("written in part, free again");
    }

    /** The fence: the queue pair is destroyed with a window of writes behind it, and the extents are somebody else's at once. */
    @Test
    void shouldLetNoWriteInFlightReachAReusedExtent() {
        int inFlight = fillWindow();
        assertTrue(pair.link.completedPosition() < pair.link.acceptedPosition(), "writes are on their way");
        RdmaFault fault = new RdmaFault("queue pair destroyed, writes in flight: " + inFlight);
        late.close(LanePair.SESSION);
        fault.receiverKnows(true, "session closed");
        late.awaitNone(LanePair.SESSION, () -> fault.senderKnows(isEnded(), pair.link.whyClosed()));

        pair.await(() -> fault.senderKnows(isEnded(), pair.link.whyClosed()), "sender to notice");
        late.awaitNone(LanePair.SESSION, pair.link::poll);
        fault.checkBound();
        fault.report("written in part, free again");
    }

    @Test
    void shouldWaitForAReceiverThatIsNotReady() throws Exception {
        int slots = 64;
        int marks = slots + 40;
        try (RdmaRig.Hand hand = laneByHand()) {
            long refusedBefore = Cable.counter("rnr");
            RdmaFault fault = new RdmaFault("receiver not ready for " + (marks - slots) + " marks");
            UnsafeBuffer frame = new UnsafeBuffer(new byte[LaneFrameProxy.MARK_BYTES]);
            LaneMark mark = new LaneMark();
            for (int seq = 1; seq <= marks; seq++) {
                new LaneFrameProxy().putMark(frame, 0, mark.set(1, TestReceiver.GENERATION, 1, 1, seq, false));
                assertTrue(hand.offer(frame, LaneFrameProxy.MARK_BYTES));
            }
            // Nobody polls the inlet, so the card refuses what it has no receive for, and the sender's asks again.
            Cable.await(() -> hand.failedStatus() == CompletionQueue.SUCCESS && Cable.counter("rnr") > refusedBefore,
                "receiver's card to refuse a mark");
            assertTrue(hand.doneCount() <= slots, () -> "done=" + hand.doneCount());

            pair.receiver.onMark(() -> assertEquals(pair.receiver.markCount(), pair.receiver.lastMark().seq()));
            pair.await(() -> pair.receiver.markCount() == marks && hand.doneCount() == marks, "every mark to be read");
            assertEquals(CompletionQueue.SUCCESS, hand.failedStatus());
            fault.receiverKnows(true, "nothing lost");
            fault.senderKnows(true, "no error");
            fault.report("as sent; the lane lives");
        }
    }

    @ParameterizedTest(name = "netem {0}")
    @ValueSource(strings = {"loss 1%", "delay 5ms"})
    void shouldLandEveryByteOverABadCable(String what) throws Exception {
        needsCable();
        Cable.emulate(what);
        try {
            RdmaFault fault = new RdmaFault(what);
            long lostBefore = Cable.dropped();
            int crc = 0;
            for (int i = 0; i < 4; i++) {
                crc = pair.send(1, 0, (long) i * WRITE_BYTES, 0, (long) i * WRITE_BYTES, i * WRITE_BYTES, WRITE_BYTES, crc);
                long askedNs = System.nanoTime();
                pair.markAndAwait(1, i + 1);
                assertTrue(what.startsWith("loss") || System.nanoTime() - askedNs > TimeUnit.MILLISECONDS.toNanos(5), "delayed");
            }
            pair.await(() -> pair.link.completedPosition() == pair.link.acceptedPosition(), "writes to complete");
            pair.checkMemory();
            assertTrue(what.startsWith("delay") || Cable.dropped() > lostBefore, "packets were lost");
            assertEquals(List.of(), pair.receiver.badFrames);
            fault.receiverKnows(true, "4 MiB, every byte right");
            fault.senderKnows(true, "packetsLost=" + (Cable.dropped() - lostBefore));
            fault.report("as sent; the lane lives");
        } finally {
            Cable.emulate("");
        }
    }

    private RdmaRig.Hand laneByHand() {
        pair.inlet.openSession(LANE_BY_HAND, 1, 2);
        late.watch(LANE_BY_HAND);
        RdmaRig.Hand hand = devices.raw(rig.linkContext(LANE_BY_HAND, pair.inlet, 1, 2, pair.receiver.slabs()));
        UnsafeBuffer frame = new UnsafeBuffer(new byte[LaneFrameProxy.OPEN_BYTES]);
        new LaneFrameProxy().putOpen(frame, 0, LANE_BY_HAND, LanePair.LANE, 1, 2);
        pair.await(() -> hand.offer(frame, LaneFrameProxy.OPEN_BYTES), "lane by hand to connect");
        return hand;
    }

    /** Writes as much as the lane takes without hearing what became of it. Returns how many writes that were. */
    private int fillWindow() {
        int count = 0;
        while (pair.tryWrite(1, 1, 0, (long) count % 16 * WRITE_BYTES, WRITE_BYTES) > 0) {
            count++;
        }
        pair.link.poll();
        return count;
    }

    private void awaitBoth(RdmaFault fault) {
        pair.await(() -> fault.bothKnow(isEnded(), pair.link.whyClosed(),
            pair.receiver.lanesClosed.contains(LanePair.SESSION), "lane closed"), "both ends to know");
        fault.checkBound();
    }

    private boolean isEnded() {
        pair.link.poll();
        return pair.link.isClosed();
    }

    private static void needsCable() {
        assumeTrue(RdmaRig.addresses().length == 2, "needs two devices with a cable between them: --devices pair");
    }
}
