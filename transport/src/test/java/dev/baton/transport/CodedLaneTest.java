package dev.baton.transport;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.RunCodec;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.tcp.TcpProvider;
import dev.baton.transport.tcp.TcpRig;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lanes that encode: what goes over the wire, and frames that nobody could decode. */
@Timeout(60)
class CodedLaneTest {
    private static final long SESSION = 31;
    private static final int LENGTH_BYTES = 4096;
    /** Where the pair's source has few values, and so can be encoded. */
    private static final int FEW_VALUES_FROM = 256 << 10;
    private static final int FEW_VALUES_BYTES = 256 << 10;
    private static final int PREFIX_AT = LaneFrameProxy.DATA_HEADER_BYTES;
    private static final int BYTES_AT = PREFIX_AT + 8;

    private final TcpRig tcp = TcpRig.lossless();
    private final LaneRig rig = tcp;
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[2 * LENGTH_BYTES]);

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        rig.start(directory);
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        rig.close();
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    @Test
    void shouldSendFewerBytesThanArrive() throws IOException {
        try (LanePair pair = new LanePair(rig, new Random(1)).connected();
             WireTap tap = WireTap.tcp(pair.inlet.port()).started()) {
            pair.inlet.openSession(SESSION, 1, 2);
            try (Link link = rig.sender().openLink(new LinkContext(SESSION, LanePair.LANE, LaneRig.HOST, tap.port(), LaneRig.RECEIVER,
                1, 2, pair.receiver.slabs()))) {
                Placement place = new Placement().reservation(SESSION, 1, TestReceiver.GENERATION, 31);
                place.kind(RunCodec.HALVES);
                int[] done = {0};
                pair.await(() -> {
                    link.poll();
                    int rest = Math.min(FEW_VALUES_BYTES - done[0], link.writeLengthMax());
                    if (rest > 0) {
                        place.place(1, done[0], 0, done[0], rest);
                        done[0] += (int) Math.max(0, link.write(pair.source.address() + FEW_VALUES_FROM + done[0], place));
                    }
                    return pair.receiver.landedBytes() == FEW_VALUES_BYTES;
                }, "bytes to land past the tap");
                assertEquals(FEW_VALUES_BYTES, link.completedPosition());
            }
            assertTrue(tap.heardBytes() < FEW_VALUES_BYTES * 3 / 5, () -> "heardBytes=" + tap.heardBytes());
            pair.expect(0, 0, FEW_VALUES_FROM, FEW_VALUES_BYTES);
            pair.checkMemory();
            pair.inlet.closeSession(SESSION);
        }
    }

    @Test
    void shouldLoseAFrameThatCannotBeDecodedAndLandTheNext() {
        try (LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            LaneRig.RawLane lane = openRaw(pair);
            int codedBytes = putCoded(1);
            frame.putByte(BYTES_AT + 100, (byte) (frame.getByte(BYTES_AT + 100) ^ 1));
            offer(pair, lane, codedBytes);
            pair.await(() -> !pair.receiver.badFrames.isEmpty(), "the frame to be refused");
            assertEquals(List.of("coded"), pair.receiver.badFrames);

            offer(pair, lane, putCoded(1));
            offer(pair, lane, proxy.putMark(frame, 0, new LaneMark().set(1, TestReceiver.GENERATION, 1, 1, 2, false)));
            pair.await(() -> pair.receiver.markCount() == 2, "the mark behind the good frame");
            for (int i = 0; i < LENGTH_BYTES; i++) {
                assertEquals(i % 16, pair.receiver.slab(0).segment().get(ValueLayout.JAVA_BYTE, i), "byte " + i);
            }
            lane.close();
            pair.inlet.closeSession(SESSION);
        }
    }

    @Test
    void shouldCloseALaneWhoseFrameIsOfNoKnownForm() {
        try (LanePair pair = new LanePair(rig, new Random(1)).connected()) {
            // following bytes, kind: more than the frame has, none, negative, as many though encoded, fewer though not, no kind
            int[][] wrongs = {{LENGTH_BYTES + 1, 2}, {0, 2}, {-1, 2}, {LENGTH_BYTES, 2}, {LENGTH_BYTES - 1, 0}, {100, 4}, {100, 0x102},
                {100, -1}};
            for (int[] wrong : wrongs) {
                int before = pair.receiver.badFrames.size();
                LaneRig.RawLane lane = openRaw(pair);
                int codedBytes = putCoded(1);
                frame.putInt(PREFIX_AT, wrong[0], LITTLE_ENDIAN);
                frame.putInt(PREFIX_AT + 4, wrong[1], LITTLE_ENDIAN);
                offer(pair, lane, codedBytes);
                pair.await(() -> pair.receiver.badFrames.size() > before, "bytes=" + wrong[0] + " kind=" + wrong[1] + " to be refused");
                assertEquals("coded fatal", pair.receiver.badFrames.getLast());
                lane.close();
                pair.inlet.closeSession(SESSION);
            }
            pair.send(1, 1, 0, 1, 333, 17, 200_000, 0);
            pair.markAndAwait(1, 1);
            pair.checkMemory();
        }
    }

    @Test
    void shouldRefuseToEncodeWhatIsToBeEncrypted() {
        TransportContext context = new TransportContext(1, directory, null, null, Copier.java(), new MemoryLedger(), true);
        assertTrue(assertThrows(UnsupportedOperationException.class, () -> TcpProvider.lossless().open(context)).getMessage()
            .contains("tcp-lossless"));
    }

    private LaneRig.RawLane openRaw(LanePair pair) {
        pair.inlet.openSession(SESSION, 1, 2);
        LaneRig.RawLane lane = tcp.coded(rig.linkContext(SESSION, pair.inlet, 1, 2, pair.receiver.slabs()));
        long marks = pair.receiver.markCount();
        offer(pair, lane, proxy.putOpen(frame, 0, SESSION, LanePair.LANE, 1, 2));
        offer(pair, lane, proxy.putMark(frame, 0, new LaneMark().set(1, TestReceiver.GENERATION, 1, 1, 1, false)));
        pair.await(() -> pair.receiver.markCount() > marks, "raw lane's mark");
        return lane;
    }

    private void offer(LanePair pair, LaneRig.RawLane lane, int lengthBytes) {
        pair.await(() -> lane.offer(frame, lengthBytes), "raw frame to go out");
    }

    /** A frame of bytes 0 to 15 again and again, encoded. */
    private int putCoded(long reservation) {
        Placement place = new Placement().reservation(0, reservation, TestReceiver.GENERATION, reservation * 31)
            .place(1, 0, 0, 0, LENGTH_BYTES);
        proxy.putData(frame, 0, place, 0, LENGTH_BYTES);
        UnsafeBuffer plain = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH_BYTES));
        UnsafeBuffer coded = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH_BYTES));
        for (int i = 0; i < LENGTH_BYTES; i++) {
            plain.putByte(i, (byte) (i % 16));
        }
        try (RunCodec codec = RunCodec.providerOrNull().open()) {
            int codedBytes = codec.encode(RunCodec.HALVES, plain.addressOffset(), LENGTH_BYTES, coded.addressOffset());
            frame.putInt(PREFIX_AT, codedBytes, LITTLE_ENDIAN);
            frame.putInt(PREFIX_AT + 4, RunCodec.HALVES, LITTLE_ENDIAN);
            frame.putBytes(BYTES_AT, coded, 0, codedBytes);
            return BYTES_AT + codedBytes;
        }
    }
}
