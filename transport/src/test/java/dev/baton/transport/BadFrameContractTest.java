package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.lane.LaneFrameProxy;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames that no link sends are refused on every lane before they are used, and cost nobody else anything. */
@ParameterizedClass(name = "{0}")
@MethodSource("rigs")
@Timeout(120)
class BadFrameContractTest {
    private static final int PAYLOAD_BYTES = 100;
    private static final int LENGTH_AT = 8 + 8 + 4 + 4 + 4;
    private static final int SLAB_OFFSET_AT = LENGTH_AT + 4;
    private static final int CELL_OFFSET_AT = SLAB_OFFSET_AT + 8;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[1024]);

    @Parameter
    private LaneRig rig;

    @TempDir
    private Path directory;

    /** One way of being wrong. */
    private record Wrong(String name, int offset, int bytes, long value, String reason) {}

    private static final List<Wrong> WRONGS = List.of(
        new Wrong("block length", 0, 2, 47, "block-length"),
        new Wrong("block length of all ones", 0, 2, -1, "block-length"),
        new Wrong("template", 2, 2, 4711, "template"),
        new Wrong("control template", 2, 2, 10, "template"),
        new Wrong("schema", 4, 2, 1, "schema"),
        new Wrong("version", 6, 2, 2, "version"),
        new Wrong("version zero", 6, 2, 0, "version"),
        new Wrong("length zero", LENGTH_AT, 4, 0, "length"),
        new Wrong("length minus one", LENGTH_AT, 4, -1, "length"),
        new Wrong("length 2^31 - 1", LENGTH_AT, 4, Integer.MAX_VALUE, "length"),
        new Wrong("negative slab offset", SLAB_OFFSET_AT, 8, -1, "offset"),
        new Wrong("overflowing slab offset", SLAB_OFFSET_AT, 8, Long.MAX_VALUE, "offset"),
        new Wrong("negative cell offset", CELL_OFFSET_AT, 8, Long.MIN_VALUE, "offset"),
        new Wrong("negative cell", LENGTH_AT - 8, 4, -1, "cell-or-slab"),
        new Wrong("slab beyond 16 bits", LENGTH_AT - 4, 4, 0x10000, "cell-or-slab"));

    /** In the clear; {@code SealedLaneTest} has what is sealed. */
    static Stream<LaneRig> rigs() {
        return TransportContractTest.rigs().filter(rig -> !rig.isEncrypting());
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
    void shouldRefuseEveryWrongField() {
        try (LanePair pair = new LanePair(rig, new Random(seed)).connected()) {
            boolean isOneSided = pair.link.isOneSided();
            long session = 1000;
            for (Wrong wrong : WRONGS) {
                LaneRig.RawLane lane = openRaw(pair, ++session);
                int lengthBytes = putData(1);
                put(wrong);
                offer(pair, lane, lengthBytes);
                int expected = pair.receiver.badFrames.size() + 1;
                pair.await(() -> pair.receiver.badFrames.size() >= expected, wrong.name() + " to be refused");

                String reason = pair.receiver.badFrames.getLast();
                // The ring of a one-sided lane has no room for bytes, so there a Data frame of any length is wrong.
                assertTrue(reason.startsWith(wrong.reason()) || (isOneSided && reason.startsWith("length")),
                    wrong.name() + ": " + reason);
                assertEquals(rig.isStream(), reason.endsWith(" fatal"), wrong.name() + ": " + reason);
                lane.close();
                pair.inlet.closeSession(session);
            }
            checkLinkStillWorks(pair);
        }
    }

    @Test
    void shouldRefuseBytesBeforeTheLaneIsOpen() {
        try (LanePair pair = new LanePair(rig, new Random(seed)).connected()) {
            pair.inlet.openSession(5, 1, 2);
            LaneRig.RawLane lane = rig.raw(rig.linkContext(5, pair.inlet, 1, 2, pair.receiver.slabs()));
            offer(pair, lane, putData(1));
            pair.await(() -> !pair.receiver.badFrames.isEmpty(), "frame to be refused");
            assertEquals(List.of("not-open fatal"), pair.receiver.badFrames);
            lane.close();
            pair.inlet.closeSession(5);
            checkLinkStillWorks(pair);
        }
    }

    @Test
    void shouldRefuseLaneOfUnknownSessionOrAnotherLane() {
        try (LanePair pair = new LanePair(rig, new Random(seed)).connected()) {
            List<String> expected = new ArrayList<>();
            long session = 20;
            for (int[] shown : new int[][] {{1, LanePair.LANE}, {0, LanePair.LANE + 1}}) {
                pair.inlet.openSession(++session, 1, 2);
                LaneRig.RawLane lane = rig.raw(rig.linkContext(session, pair.inlet, 1, 2, pair.receiver.slabs()));
                offer(pair, lane, proxy.putOpen(frame, 0, session + shown[0] * 100L, shown[1], 1, 2));
                expected.add(shown[0] == 1 ? "session fatal" : "lane fatal");
                pair.await(() -> pair.receiver.badFrames.size() == expected.size(), "lane to be refused");
                lane.close();
                pair.inlet.closeSession(session);
            }
            assertEquals(expected, pair.receiver.badFrames);
            checkLinkStillWorks(pair);
        }
    }

    @Test
    void shouldRefuseTruncatedFrame() {
        try (LanePair pair = new LanePair(rig, new Random(seed)).connected()) {
            LaneRig.RawLane lane = openRaw(pair, 9);
            putData(1);
            offer(pair, lane, 20);
            lane.close();
            pair.await(() -> !pair.receiver.lanesClosed.isEmpty(), "lane to close");

            assertEquals(List.of(rig.isStream() ? "truncated fatal" : "short"), pair.receiver.badFrames);
            assertEquals(List.of(9L), pair.receiver.lanesClosed);
            checkLinkStillWorks(pair);
        }
    }

    @Test
    void shouldRefuseSecondOpeningOfOneLane() {
        try (LanePair pair = new LanePair(rig, new Random(seed)).connected()) {
            LaneRig.RawLane lane = openRaw(pair, 11);
            offer(pair, lane, proxy.putOpen(frame, 0, 11, LanePair.LANE, 1, 2));
            pair.await(() -> !pair.receiver.badFrames.isEmpty(), "second opening to be refused");
            assertTrue(pair.receiver.badFrames.getFirst().startsWith("opened-twice"), pair.receiver.badFrames::toString);
            lane.close();
            pair.inlet.closeSession(11);
            checkLinkStillWorks(pair);
        }
    }

    private LaneRig.RawLane openRaw(LanePair pair, long session) {
        pair.inlet.openSession(session, 1, 2);
        LaneRig.RawLane lane = rig.raw(rig.linkContext(session, pair.inlet, 1, 2, pair.receiver.slabs()));
        long marks = pair.receiver.markCount();
        offer(pair, lane, proxy.putOpen(frame, 0, session, LanePair.LANE, 1, 2));
        offer(pair, lane, proxy.putMark(frame, 0, new LaneMark().set(1, TestReceiver.GENERATION, 1, 1, 1, false)));
        pair.await(() -> pair.receiver.markCount() > marks, "raw lane's mark");
        return lane;
    }

    private static void checkLinkStillWorks(LanePair pair) {
        pair.send(1, 1, 0, 1, 333, 17, 200_000, 0);
        pair.markAndAwait(1, 1);
        pair.checkMemory();
    }

    private void offer(LanePair pair, LaneRig.RawLane lane, int lengthBytes) {
        pair.await(() -> lane.offer(frame, lengthBytes), "raw frame to go out");
    }

    private int putData(long reservation) {
        Placement place = new Placement().reservation(0, reservation, TestReceiver.GENERATION, reservation * 31)
            .place(1, 0, 0, 0, PAYLOAD_BYTES);
        return proxy.putData(frame, 0, place, 0, PAYLOAD_BYTES) + PAYLOAD_BYTES;
    }

    private void put(Wrong wrong) {
        switch (wrong.bytes()) {
            case 2 -> frame.putShort(wrong.offset(), (short) wrong.value(), ByteOrder.LITTLE_ENDIAN);
            case 4 -> frame.putInt(wrong.offset(), (int) wrong.value(), ByteOrder.LITTLE_ENDIAN);
            default -> frame.putLong(wrong.offset(), wrong.value(), ByteOrder.LITTLE_ENDIAN);
        }
    }
}
