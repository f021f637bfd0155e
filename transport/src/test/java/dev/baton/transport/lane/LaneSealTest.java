package dev.baton.transport.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.baton.transport.LandingListener;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.secret.LaneKeys;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A frame opens once, in its order, on the lane that it was sealed for, bit for bit; and nowhere else. */
class LaneSealTest {
    private static final int TEXT_BYTES = 5_000;
    private static final int HEAD_BYTES = LaneSealer.SEAL_BYTES + LaneFrameProxy.DATA_HEADER_BYTES;
    private static final long EPOCH_FRAMES = 1L << LaneSealer.EPOCH_SHIFT;

    private final long seed = Long.getLong("baton.test.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final UnsafeBuffer plain = direct(TEXT_BYTES);
    private final UnsafeBuffer opened = direct(TEXT_BYTES);

    LaneSealTest() {
        System.out.println("seed=" + seed);
        byte[] text = new byte[TEXT_BYTES];
        random.nextBytes(text);
        plain.putBytes(0, text);
    }

    @Test
    void shouldOpenWhatWasSealedForThisLane() {
        LaneSealer sealer = sealer(1, 3);
        LaneOpener opener = opener(sealer, 1, "tcp", 3);
        for (int i = 0; i < 100; i++) {
            assertNull(open(opener, frame(sealer, i)));
            assertEquals(plain, opened);
        }
    }

    @Test
    void shouldOpenNothingWithAChangedBit() {
        LaneSealer sealer = sealer(1, 3);
        LaneOpener opener = opener(sealer, 1, "tcp", 3);
        for (int i = 0; i < 500; i++) {
            UnsafeBuffer frame = frame(sealer, i);
            // The Seal's own header is compared with the only one that may be there, before anything is opened.
            int bit = (LaneSealer.TAG_AT + random.nextInt(frame.capacity() - LaneSealer.TAG_AT)) * Byte.SIZE
                + random.nextInt(Byte.SIZE);
            flip(frame, bit);
            assertEquals(LandingListener.WRONG_TAG, open(opener, frame), "bit=" + bit);
            flip(frame, bit);
            assertNull(open(opener, frame), "and it opens as it was");
        }
    }

    @Test
    void shouldOpenNoFrameTwiceAndNoneThatWasOvertaken() {
        LaneSealer sealer = sealer(1, 3);
        LaneOpener opener = opener(sealer, 1, "tcp", 3);
        UnsafeBuffer first = frame(sealer, 1);
        UnsafeBuffer second = frame(sealer, 2);
        UnsafeBuffer third = frame(sealer, 3);
        assertNull(open(opener, first));
        assertEquals(LandingListener.REPLAYED, open(opener, first));
        assertNull(open(opener, third));
        assertEquals(LandingListener.REPLAYED, open(opener, second));
        assertEquals(LandingListener.REPLAYED, open(opener, third));
    }

    @Test
    void shouldHaveAKeyForEachTokenSchemeLaneAndLink() {
        LaneSealer sealer = sealer(1, 3);
        UnsafeBuffer frame = frame(sealer, 1);
        for (LaneOpener other : List.of(opener(sealer, 2, "tcp", 3), opener(sealer, 1, "aeron", 3),
            opener(sealer, 1, "tcp", 4), opener(sealer(1, 3), 1, "tcp", 3))) {
            assertEquals(LandingListener.WRONG_TAG, open(other, frame));
        }
        assertNull(open(opener(sealer, 1, "tcp", 3), frame));
    }

    /** As after a reconnect, or if one session opened a lane twice: the same frame, the same number, other bytes. */
    @Test
    void shouldNeverSealTwoFramesAlike() {
        Set<List<Byte>> seen = new HashSet<>();
        for (int link = 0; link < 20; link++) {
            LaneSealer sealer = sealer(1, 3);
            for (int i = 0; i < 20; i++) {
                byte[] bytes = new byte[64];
                frame(sealer, 1).getBytes(HEAD_BYTES, bytes);
                Byte[] boxed = new Byte[bytes.length];
                Arrays.setAll(boxed, at -> bytes[at]);
                seen.add(List.of(boxed));
            }
        }
        assertEquals(400, seen.size());
    }

    @Test
    void shouldTakeTheNextKeyInItsTimeAndKeepItsPlaceWhenOneIsForged() {
        LaneSealer sealer = new LaneSealer(link(1, 3), "tcp", EPOCH_FRAMES - 2);
        LaneOpener opener = opener(sealer, 1, "tcp", 3);
        UnsafeBuffer old = frame(sealer, 1);
        assertNull(open(opener, old));
        UnsafeBuffer forged = frame(sealer(1, 3), 1);
        forged.putLong(LaneSealer.COUNTER_AT, EPOCH_FRAMES);
        assertEquals(LandingListener.WRONG_TAG, open(opener, forged));
        assertNull(open(opener, frame(sealer, 2)), "the last of the first key");
        assertNull(open(opener, frame(sealer, 3)), "the first of the next");
        assertEquals(plain, opened);
        assertEquals(LandingListener.REPLAYED, open(opener, old));
        assertNull(open(opener, frame(sealer, 4)));
        forged.putLong(LaneSealer.COUNTER_AT, Long.MIN_VALUE);
        assertNotNull(open(opener, forged));
    }

    @Test
    void shouldSealAndOpenNothingOnceClosed() {
        LaneSealer sealer = sealer(1, 3);
        UnsafeBuffer frame = frame(sealer, 1);
        LaneOpener opener = opener(sealer, 1, "tcp", 3);
        sealer.close();
        opener.close();
        assertThrows(IllegalStateException.class, () -> frame(sealer, 2));
        assertThrows(IllegalStateException.class, () -> open(opener, frame));
    }

    /** One Data frame of {@link #TEXT_BYTES} bytes. */
    private UnsafeBuffer frame(LaneSealer sealer, int cell) {
        UnsafeBuffer frame = direct(HEAD_BYTES + TEXT_BYTES);
        LaneFrameProxy proxy = new LaneFrameProxy(sealer);
        int head = proxy.putData(frame, 0, new Placement().reservation(1, 2, 3, 4).place(cell, 0, 0, 0, TEXT_BYTES), 0,
            TEXT_BYTES);
        assertEquals(HEAD_BYTES, head);
        proxy.sealData(frame, 0, plain.addressOffset(), frame.addressOffset() + head, TEXT_BYTES);
        return frame;
    }

    private String open(LaneOpener opener, UnsafeBuffer frame) {
        opened.setMemory(0, TEXT_BYTES, (byte) 0);
        return opener.openOrWhyNot(frame, 0, LaneFrameProxy.DATA_HEADER_BYTES, frame.addressOffset() + HEAD_BYTES,
            opened.addressOffset(), TEXT_BYTES);
    }

    private static LaneSealer sealer(long token, int lane) {
        return new LaneSealer(link(token, lane), "tcp", 0);
    }

    private static LinkContext link(long token, int lane) {
        return new LinkContext(9, lane, "host", 1, 2, token, token, List.of());
    }

    private static LaneOpener opener(LaneSealer of, long token, String scheme, int lane) {
        return new LaneOpener(new LaneKeys(token, token, of.saltHigh(), of.saltLow(), scheme, lane));
    }

    private static void flip(UnsafeBuffer buffer, int bit) {
        buffer.putByte(bit >> 3, (byte) (buffer.getByte(bit >> 3) ^ 1 << (bit & 7)));
    }

    private static UnsafeBuffer direct(int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }
}
