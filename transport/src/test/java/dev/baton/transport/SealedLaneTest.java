package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.aeron.AeronRig;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneSealer;
import dev.baton.transport.tcp.TcpRig;
import java.nio.ByteBuffer;
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

/** What somebody on the wire can do to an encrypted lane: make it lose frames, each by its name, and never land one. */
@ParameterizedClass(name = "{0}")
@MethodSource("rigs")
@Timeout(120)
class SealedLaneTest {
    private static final long SESSION = 40;
    private static final int PAYLOAD_BYTES = 3_000;
    private static final int HEADER_AT = LaneSealer.SEAL_BYTES + 8;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Parameter
    private LaneRig rig;

    @TempDir
    private Path directory;

    private LanePair pair;
    private LaneRig.RawLane lane;
    private LaneSealer sealer;
    private LaneFrameProxy proxy;
    private int nextSeq;

    static Stream<LaneRig> rigs() {
        return Stream.of(new TcpRig().encrypting(), new AeronRig(false).encrypting(), new AeronRig(true).encrypting());
    }

    @BeforeEach
    void start() {
        System.out.println("scheme=" + rig + " seed=" + seed);
        rig.start(directory);
        pair = new LanePair(rig, random).connected();
    }

    @AfterEach
    void shouldLeaveNothingAlive() {
        if (sealer != null) {
            sealer.close();
        }
        lane.close();
        pair.close();
        rig.close();
        assertTrue(rig.ledger().isEmpty(), rig.ledger()::toString);
    }

    @Test
    void shouldRefuseALaneThatOpensInTheClearThoughItShowsTheToken() {
        pair.inlet.openSession(SESSION, 1, 2);
        lane = rig.raw(rig.linkContext(SESSION, pair.inlet, 1, 2, pair.receiver.slabs()));
        UnsafeBuffer frame = direct(256);
        offer(frame, new LaneFrameProxy().putOpen(frame, 0, SESSION, LanePair.LANE, 1, 2));
        awaitBad("template fatal");
    }

    @Test
    void shouldRefuseAnOpeningThatWasSealedWithAnotherTokenOrChanged() {
        pair.inlet.openSession(SESSION, 1, 2);
        LinkContext other = rig.linkContext(SESSION, pair.inlet, 1, 3, pair.receiver.slabs());
        lane = rig.raw(other);
        offer(opening(other, 1, 3));
        awaitBad("token fatal");
        lane.close();

        LinkContext right = rig.linkContext(SESSION, pair.inlet, 1, 2, pair.receiver.slabs());
        lane = rig.raw(right);
        UnsafeBuffer changed = opening(right, 1, 2);
        flip(changed, LaneSealer.SEAL_BYTES + 8 + 8 + 2);   // padding that nothing else looks at
        offer(changed);
        awaitBad("token fatal", "token fatal");
        lane.close();

        // Neither used the session's one lane up: who has the token opens it.
        lane = rig.raw(right);
        offer(opening(right, 1, 2));
        sendAndAwaitMark();
    }

    @Test
    void shouldRefuseAnOpeningThatComesAgain() {
        UnsafeBuffer opening = open();
        LaneRig.RawLane first = lane;
        lane = rig.raw(rig.linkContext(SESSION, pair.inlet, 1, 2, pair.receiver.slabs()));
        offer(opening);
        awaitBad("opened-twice fatal");
        first.close();
    }

    @Test
    void shouldLandNothingOfAFrameThatWasChangedAndAllOfTheNext() {
        open();
        List<String> expected = new ArrayList<>();
        int[] places = {8, 15, 24, LaneSealer.SEAL_BYTES + 8, HEADER_AT + 8, HEADER_AT + 16, HEADER_AT + 40,
            HEADER_AT + 48, HEADER_AT + 48 + PAYLOAD_BYTES / 2, HEADER_AT + 48 + PAYLOAD_BYTES - 1};
        for (int place : places) {
            UnsafeBuffer changed = data(1, 0);
            flip(changed, place);
            offer(changed);
            expected.add("tag");
        }
        UnsafeBuffer mark = mark(1);
        flip(mark, LaneSealer.SEAL_BYTES + 8 + 15);   // its flags: last
        offer(mark);
        expected.add("tag");
        awaitBad(expected.toArray(String[]::new));
        assertEquals(0, pair.receiver.landedBytes());
        assertEquals(0, pair.receiver.refusedFrameCount(), "the place of a forged frame is not even looked up");
        pair.checkMemory();

        landOne();
    }

    @Test
    void shouldLandAFrameOnceHoweverOftenItComes() {
        open();
        UnsafeBuffer frame = data(1, 0);
        offer(frame);
        offer(frame);
        sendAndAwaitMark();
        awaitBad("replayed");
        assertEquals(PAYLOAD_BYTES, pair.receiver.landedBytes());
    }

    @Test
    void shouldRefuseAFrameThatWasOvertaken() {
        open();
        UnsafeBuffer first = data(1, 0);
        UnsafeBuffer second = data(2, PAYLOAD_BYTES);
        offer(second);
        offer(first);
        sendAndAwaitMark();
        awaitBad("replayed");
        assertEquals(PAYLOAD_BYTES, pair.receiver.landedBytes());
    }

    @Test
    void shouldLandNothingOfATruncatedFrame() {
        open();
        UnsafeBuffer frame = data(1, 0);
        offer(frame, frame.capacity() - 700);
        lane.close();
        pair.await(() -> !pair.receiver.lanesClosed.isEmpty(), "lane to close");
        awaitBad(rig.isStream() ? "truncated fatal" : "length");
        assertEquals(0, pair.receiver.landedBytes());
        pair.checkMemory();
    }

    @Test
    void shouldRefuseFramesInTheClearOnALaneThatWasOpenedSealed() {
        open();
        UnsafeBuffer frame = direct(256);
        offer(frame, new LaneFrameProxy().putMark(frame, 0, new LaneMark().set(1, TestReceiver.GENERATION, 1, 1, 1, true)));
        awaitBad(rig.isStream() ? "template fatal" : "template");
        assertEquals(1, pair.receiver.markCount());
    }

    private UnsafeBuffer open() {
        pair.inlet.openSession(SESSION, 1, 2);
        LinkContext context = rig.linkContext(SESSION, pair.inlet, 1, 2, pair.receiver.slabs());
        lane = rig.raw(context);
        UnsafeBuffer opening = opening(context, 1, 2);
        offer(opening);
        sendAndAwaitMark();
        return opening;
    }

    private void landOne() {
        offer(data(1, 0));
        sendAndAwaitMark();
        pair.expect(0, 0, 0, PAYLOAD_BYTES);
        pair.checkMemory();
    }

    private UnsafeBuffer opening(LinkContext context, long tokenHigh, long tokenLow) {
        if (sealer != null) {
            sealer.close();
        }
        sealer = LaneSealer.ofOrNull(rig.context(1), context, rig.scheme());
        proxy = new LaneFrameProxy(sealer);
        UnsafeBuffer frame = direct(proxy.openBytes());
        proxy.putOpen(frame, 0, SESSION, LanePair.LANE, tokenHigh, tokenLow);
        for (int i = 0; i + 16 <= frame.capacity(); i++) {
            assertTrue(frame.getLong(i) != tokenHigh || frame.getLong(i + 8) != tokenLow, "the token travels: at=" + i);
        }
        return frame;
    }

    /** The first bytes of the pair's source, for slab 0. */
    private UnsafeBuffer data(int cell, long slabOffset) {
        UnsafeBuffer frame = direct(proxy.dataHeaderBytes() + PAYLOAD_BYTES);
        Placement place = new Placement().reservation(0, 1, TestReceiver.GENERATION, 31)
            .place(cell, 0, 0, slabOffset, PAYLOAD_BYTES);
        int head = proxy.putData(frame, 0, place, 0, PAYLOAD_BYTES);
        proxy.sealData(frame, 0, pair.source.address(), frame.addressOffset() + head, PAYLOAD_BYTES);
        return frame;
    }

    private UnsafeBuffer mark(int seq) {
        UnsafeBuffer frame = direct(proxy.markBytes());
        proxy.putMark(frame, 0, new LaneMark().set(1, TestReceiver.GENERATION, 1, 1, seq, false));
        return frame;
    }

    private void offer(UnsafeBuffer frame) {
        offer(frame, frame.capacity());
    }

    private void offer(UnsafeBuffer frame, int lengthBytes) {
        pair.await(() -> lane.offer(frame, lengthBytes), "raw frame to go out");
    }

    private void awaitBad(String... reasons) {
        pair.await(() -> pair.receiver.badFrames.size() >= reasons.length, "frames to be refused");
        assertEquals(List.of(reasons), pair.receiver.badFrames);
    }

    /** A mark of this number, behind all that was sent before it. */
    private void sendAndAwaitMark() {
        long marks = pair.receiver.markCount();
        offer(mark(++nextSeq));
        pair.await(() -> pair.receiver.markCount() > marks, "mark");
    }

    private static void flip(UnsafeBuffer frame, int at) {
        frame.putByte(at, (byte) (frame.getByte(at) ^ 1));
    }

    private static UnsafeBuffer direct(int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }
}
