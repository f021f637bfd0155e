package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.AesGcm;
import dev.baton.platform.ThreadAllocation;
import dev.baton.transport.aeron.AeronRig;
import dev.baton.transport.loopback.LoopbackRig;
import dev.baton.transport.rdma.RdmaRig;
import dev.baton.transport.rdma.SharedRdmaRig;
import dev.baton.transport.rdma.SoftRdmaRig;
import dev.baton.transport.shm.ShmRig;
import dev.baton.transport.tcp.TcpRig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What every way of moving bytes promises, tried on each of them. One-sided lanes differ where {@link Link#isOneSided()} says so. */
@ParameterizedClass(name = "{0}")
@MethodSource("rigs")
@Timeout(120)
class TransportContractTest {
    private static final int CELLS = 24;
    private static final int CELL_BYTES_MAX = 3 << 20;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Parameter
    private LaneRig rig;

    @TempDir
    private Path directory;

    static Stream<LaneRig> rigs() {
        // One scheme alone where a machine is there for that one's sake.
        String only = System.getProperty("baton.test.scheme", "");
        Stream<LaneRig> everywhere = Stream.of(new LoopbackRig(), new ShmRig(), new TcpRig(), TcpRig.lossless(), new AeronRig(false),
            new AeronRig(true), new TcpRig().encrypting(), new AeronRig(false).encrypting(), new AeronRig(true).encrypting(),
            new SoftRdmaRig(), new SharedRdmaRig());
        Stream<LaneRig> withDevice = RdmaRig.isPossible() ? Stream.of(new RdmaRig()) : Stream.of();
        return Stream.concat(everywhere, withDevice).filter(rig -> only.isEmpty() || rig.toString().equals(only));
    }

    @BeforeEach
    void start() {
        System.out.println("scheme=" + rig + " seed=" + seed);
        rig.start(directory);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        rig.close();
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    @Test
    void shouldLandEveryByteWithTheRightCrc() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            for (int i = 0; i < CELLS; i++) {
                int cell = i;
                int lengthBytes = i == 0 ? 1 : 1 + random.nextInt(CELL_BYTES_MAX);
                int sourceOffset = random.nextInt(LanePair.SOURCE_BYTES - lengthBytes);
                int crc = sendInPieces(pair, cell, sourceOffset, lengthBytes);
                pair.markAndAwait(1, i + 1);

                assertEquals(pair.copier.crc(pair.source.address() + sourceOffset, lengthBytes, 0), crc);
                if (!pair.link.isOneSided()) {
                    assertEquals(crc, pair.receiver.crc(1, cell), "receiver's CRC of cell " + cell + ", bytes " + lengthBytes);
                }
                pair.checkMemory();
            }
            assertEquals(List.of(), pair.receiver.badFrames);
        }
    }

    @Test
    void shouldReadMarksInOrderBehindTheirData() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            int[] seen = {0};
            pair.receiver.onMark(() -> {
                assertEquals(++seen[0], pair.receiver.lastMark().seq());
                pair.checkMemory();
            });
            for (int seq = 1; seq <= 12; seq++) {
                // The mark must not be sent before its data is accepted, and the next data only once the mark was checked.
                int lengthBytes = 1 + random.nextInt(1 << 20);
                pair.send(2, 1, 0, seq % 2, random.nextInt(1 << 20), 0, lengthBytes, 0);
                pair.markAndAwait(2, seq);
            }
            LaneMark last = pair.receiver.lastMark();
            assertEquals(12, seen[0]);
            assertEquals(LanePair.SESSION, last.sessionId());
            assertEquals(LanePair.LANE, last.lane());
            assertEquals(2, last.reservation());
            assertEquals(TestReceiver.GENERATION, last.generation());
            assertEquals(1, last.part());
            assertEquals(1, last.round());
            assertFalse(last.isLast());
        }
    }

    @Test
    void shouldRefuseLaneWithAnotherToken() {
        try (LanePair pair = new LanePair(rig, random, LanePair.TOKEN_LOW + 1)) {
            pair.await(() -> {
                pair.tryWrite(1, 0, 0, 0, 4096);
                return pair.link.isClosed();
            }, "refused lane to close");

            assertEquals(List.of("token fatal"), pair.receiver.badFrames);
            assertNotEquals("", pair.link.whyClosed());
            assertEquals(Link.CLOSED, pair.tryWrite(1, 0, 0, 0, 4096));
            assertEquals(Link.CLOSED, pair.tryMark(1, 1, false));
            pair.checkMemory();
        }
    }

    @Test
    void shouldGiveEachSessionOneLaneOnly() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            pair.markAndAwait(1, 1);
            try (Link second = rig.sender().openLink(rig.linkContext(LanePair.SESSION, pair.inlet, LanePair.TOKEN_HIGH,
                LanePair.TOKEN_LOW, pair.receiver.slabs()))) {
                pair.await(() -> second.poll() >= 0 && second.isClosed(), "second lane to be refused");
            }
            pair.send(1, 0, 0, 0, 77, 5, 100_000, 0);
            pair.markAndAwait(1, 2);
            pair.checkMemory();
        }
    }

    @Test
    void shouldDropRefusedBytesAndLandThoseThatFollow() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            assumeFalse(pair.link.isOneSided(), "nobody is asked before a one-sided write");
            pair.send(1, 0, 0, 0, 1000, 0, 300_000, 0);
            pair.receiver.admit(2, false);
            pair.sendUnseen(2, 1, 0, 0, 2_000_000, 0, 1_500_000, 0);
            int crc = pair.send(1, 2, 0, 1, 500, 12, 300_000, 0);
            pair.markAndAwait(1, 1);

            assertTrue(pair.receiver.refusedFrameCount() > 0);
            assertEquals(crc, pair.receiver.crc(1, 2));
            pair.checkMemory();
        }
    }

    @Test
    void shouldStopLandingInTheMiddleOfRevokedCell() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            assumeFalse(pair.link.isOneSided(), "nobody is asked before a one-sided write");
            pair.send(1, 0, 0, 0, 0, 0, 500_000, 0);
            pair.markAndAwait(1, 1);
            pair.receiver.admit(1, false);
            pair.sendUnseen(1, 0, 500_000, 0, 500_000, 500_000, 500_000, 0);
            pair.markAndAwait(1, 2);
            pair.checkMemory();
        }
    }

    @Test
    void shouldLandNothingOnceTheSessionIsClosed() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 400_000, 0);
            pair.markAndAwait(1, 1);
            // On two-sided lanes some of this is on its way when the session closes, and must not land.
            if (!pair.link.isOneSided()) {
                pair.tryWrite(1, 1, 1, 0, 4096);
            }
            pair.inlet.closeSession(LanePair.SESSION);
            pair.await(() -> {
                pair.tryWrite(1, 2, 1, 8192, 4096);
                return pair.link.isClosed();
            }, "link to notice that its session was closed");

            assertEquals(Link.CLOSED, pair.tryWrite(1, 2, 1, 8192, 4096));
            pair.checkMemory();
        }
    }

    @Test
    void shouldLetTheListenerCloseTheSessionFromWithinItsCall() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 4096, 0);
            pair.receiver.onMark(() -> pair.inlet.closeSession(LanePair.SESSION));
            // Two marks at least are there before the first is read: the second must not be told.
            assertEquals(1, pair.tryMark(1, 1, false));
            assertEquals(1, pair.tryMark(1, 2, false));
            pair.await(pair.link::isClosed, "link to notice that its session was closed");

            assertEquals(1, pair.receiver.markCount());
            assertEquals(List.of(), pair.receiver.badFrames);
            assertEquals(List.of(), pair.receiver.lanesClosed, "who closed a session needs not be told");
            pair.checkMemory();
        }
    }

    @Test
    void shouldSayBackPressuredInsteadOfBlocking() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            long result = 1;
            int seq = 0;
            long acceptedBytes = 0;
            boolean isOneSided = pair.link.isOneSided();
            while (result > 0 && acceptedBytes < 1L << 30) {
                result = isOneSided ? pair.tryMark(1, ++seq, false) : pair.tryWrite(1, 0, 0, 0, 1 << 20);
                pair.link.poll();
                acceptedBytes += Math.max(0, result);
            }
            assertEquals(Link.BACK_PRESSURED, result);
            assertTrue(pair.link.completedPosition() <= pair.link.acceptedPosition());

            long accepted = pair.link.acceptedPosition();
            pair.await(() -> isOneSided ? pair.receiver.markCount() > 0 : pair.receiver.landedBytes() >= accepted,
                "what was accepted to arrive");
            pair.await(() -> pair.link.completedPosition() == accepted, "writes to complete");
            pair.markAndAwait(1, ++seq);
            assertEquals(List.of(), pair.receiver.badFrames);
        }
    }

    @Test
    void shouldTellThatTheSenderClosed() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            pair.send(1, 0, 0, 0, 0, 0, 100_000, 0);
            pair.sendMark(1, 1, true);
            pair.await(() -> pair.link.completedPosition() == pair.link.acceptedPosition(), "writes to complete");
            pair.link.close();

            assertTrue(pair.link.isClosed());
            pair.await(() -> !pair.receiver.lanesClosed.isEmpty(), "receiver to hear that the lane closed");
            assertEquals(List.of(LanePair.SESSION), pair.receiver.lanesClosed);
            assertEquals(1, pair.receiver.markCount(), "what was sent before the close is read before it");
            assertTrue(pair.receiver.lastMark().isLast());
            pair.checkMemory();
        }
    }

    @Test
    void shouldNoticeThatTheReceiverClosed() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            pair.markAndAwait(1, 1);
            pair.inlet.close();
            pair.await(pair.link::isClosed, "link to notice that its receiver closed");

            assertFalse(pair.link.isConnected());
            assertNotEquals("", pair.link.whyClosed());
            assertEquals(Link.CLOSED, pair.tryWrite(1, 0, 0, 0, 1));
        }
    }

    @Test
    void shouldInterleaveCellsOfSeveralReservations() {
        int cells = 6;
        int pieceBytes = 130_001;
        int pieces = 3;
        try (LanePair pair = new LanePair(rig, random).connected()) {
            int[] crcs = new int[cells];
            for (int piece = 0; piece < pieces; piece++) {
                for (int cell = 0; cell < cells; cell++) {
                    int at = piece * pieceBytes;
                    crcs[cell] = pair.send(cell % 4, cell, at, cell % 2, (long) cell * 1_000_003 + at, cell * 77 + at, pieceBytes,
                        crcs[cell]);
                }
            }
            pair.markAndAwait(1, 1);
            pair.checkMemory();
            for (int cell = 0; cell < cells; cell++) {
                int crc = pair.link.isOneSided()
                    ? pair.receiver.crcInPlace(pair.copier, cell % 2, (long) cell * 1_000_003, pieces * pieceBytes, 0)
                    : pair.receiver.crc(cell % 4, cell);
                assertEquals(crcs[cell], crc, "cell " + cell);
            }
        }
    }

    @Test
    void shouldAllocateNothingOnceWarm() {
        assumeTrue(!rig.isEncrypting() || AesGcm.availability().isPresent(), () -> AesGcm.availability().describe());
        try (LanePair pair = new LanePair(rig, random).connected()) {
            exchange(pair, 400);
            long allocatedBytes = Long.MAX_VALUE;
            // The JVM may compile, and so allocate, in any one stretch; a path that allocates does so in all of them.
            for (int i = 0; i < 50 && allocatedBytes != 0; i++) {
                long beforeBytes = ThreadAllocation.currentThreadBytes();
                exchange(pair, 200);
                allocatedBytes = ThreadAllocation.currentThreadBytes() - beforeBytes;
            }
            assertEquals(0, allocatedBytes, "bytes allocated by 200 writes with their marks, on both ends");
        }
    }

    @Test
    void shouldRefuseWriteOutsideThePeersSlabs() {
        try (LanePair pair = new LanePair(rig, random).connected()) {
            assumeTrue(pair.link.isOneSided(), "two-sided lanes leave bounds to the receiver");
            assertThrows(IllegalArgumentException.class, () -> pair.tryWrite(1, 0, TestReceiver.SLAB_COUNT, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> pair.tryWrite(1, 0, 0, TestReceiver.SLAB_BYTES - 1, 2));
            assertThrows(IllegalArgumentException.class, () -> pair.tryWrite(1, 0, 0, -1, 2));
            assertThrows(IllegalArgumentException.class, () -> pair.tryWrite(1, 0, 0, Long.MAX_VALUE, 2));
            pair.checkMemory();
        }
    }

    private static void exchange(LanePair pair, int count) {
        for (int i = 1; i <= count; i++) {
            pair.sendUnseen(3, 1, 0, 0, 4096, 0, 50_000, 0);
            long marks = pair.receiver.markCount();
            pair.sendMark(3, i, false);
            while (pair.receiver.markCount() == marks) {
                pair.step();
            }
        }
    }

    /** Cuts a cell where no alignment helps, and lays the pieces apart from each other, over both slabs. */
    private int sendInPieces(LanePair pair, int cell, int sourceOffset, int lengthBytes) {
        int crc = 0;
        int doneBytes = 0;
        int slab = random.nextInt(TestReceiver.SLAB_COUNT);
        long slabOffset = random.nextInt(64);
        while (doneBytes < lengthBytes) {
            int pieceBytes = Math.min(lengthBytes - doneBytes, 1 + random.nextInt(1 << 20));
            crc = pair.send(1, cell, doneBytes, slab, slabOffset, sourceOffset + doneBytes, pieceBytes, crc);
            doneBytes += pieceBytes;
            slabOffset += pieceBytes + 1 + random.nextInt(100);
            slab = (slab + random.nextInt(TestReceiver.SLAB_COUNT)) % TestReceiver.SLAB_COUNT;
        }
        return crc;
    }
}
