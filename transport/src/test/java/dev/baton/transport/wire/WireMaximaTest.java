package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.agrona.collections.MutableInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.lane.LaneFrameAdapter;
import dev.baton.transport.lane.LaneFrameProxy;

/** At each decoder the largest value passes, and one more does not. */
class WireMaximaTest {
    private static final int BODY = Frames.HEADER_LENGTH;

    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[128]);

    /** Each group, string and data of each message of the schema: what is known is bounded, and the bound is kept. */
    @TestFactory
    List<DynamicTest> shouldTakeTheMostOfEachPartAndNoMore() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int templateId = 0; templateId <= WireMaxima.TEMPLATE_ID_MAX; templateId++) {
            MessageShape shape = MessageCheck.shape(templateId);
            for (int part = 0; shape != null && part < shape.tail.size(); part++) {
                int at = part;
                tests.add(DynamicTest.dynamicTest("template " + templateId + " part " + part, () -> {
                    int most = shape.maxima.getInt(at);
                    assertTrue(fits(shape, at, most), () -> "the most is refused: max=" + most);
                    assertFalse(fits(shape, at, most + 1), () -> "one more is taken: max=" + most);
                }));
            }
        }
        assertTrue(tests.size() > 25, "tests=" + tests.size());
        return tests;
    }

    @Test
    void shouldTakeNoLongerBlockOrEntryThanTheMost() {
        MessageShape keepAlive = MessageCheck.shape(KeepAliveDecoder.TEMPLATE_ID);
        UnsafeBuffer body = new UnsafeBuffer(new byte[2 * WireMaxima.BLOCK_LENGTH_MAX]);
        for (int length : new int[] {WireMaxima.BLOCK_LENGTH_MAX, WireMaxima.BLOCK_LENGTH_MAX + 1}) {
            boolean isFine = length == WireMaxima.BLOCK_LENGTH_MAX;
            assertEquals(isFine, keepAlive.fits(body, 0, length, length, 2), "blockLength=" + length);
            MessageShape grant = MessageCheck.shape(GrantDecoder.TEMPLATE_ID);
            body.putShort(grant.blockLength, (short) length, ByteOrder.LITTLE_ENDIAN);
            body.putShort(grant.blockLength + 2, (short) 1, ByteOrder.LITTLE_ENDIAN);
            assertEquals(isFine, grant.fits(body, 0, grant.blockLength + 4 + length, grant.blockLength, 2),
                "entryLength=" + length);
        }
    }

    @Test
    void shouldTakeNoLongerMessageThanTheMost() {
        for (int length : new int[] {WireMaxima.MESSAGE_LENGTH_MAX, WireMaxima.MESSAGE_LENGTH_MAX + 1}) {
            UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
            new MessageHeaderEncoder().wrap(message, 0).blockLength(KeepAliveEncoder.BLOCK_LENGTH)
                .templateId(KeepAliveEncoder.TEMPLATE_ID).schemaId(KeepAliveEncoder.SCHEMA_ID).version(2);
            assertEquals(length == WireMaxima.MESSAGE_LENGTH_MAX ? MessageCheck.Fault.NONE : MessageCheck.Fault.LENGTH,
                MessageCheck.validate(message, 0, length), "length=" + length);
        }
    }

    @Test
    void shouldReadTheMostOfEachNumberInAHelloAndRefuseOneMoreByName() {
        assertDoesNotThrow(() -> read(hello("n", 0, 0, 0), 0));
        assertRefused("lanes", HelloEncoder.lanesEncodingOffset(), Short.BYTES, WireMaxima.LANES_MAX);
        assertRefused("extentBytes", HelloEncoder.extentBytesEncodingOffset(), Integer.BYTES,
            WireMaxima.EXTENT_BYTES_MAX);
        int slab = HelloEncoder.BLOCK_LENGTH + 2 * GroupSizeEncodingEncoder.ENCODED_LENGTH
            + HelloEncoder.OffersEncoder.sbeBlockLength();
        assertRefused("slab", slab + HelloEncoder.SlabsEncoder.slabEncodingOffset(), Short.BYTES,
            WireMaxima.SLAB_ID_MAX);
        assertRefused("shard", slab + HelloEncoder.SlabsEncoder.shardEncodingOffset(), Short.BYTES,
            WireMaxima.SHARDS_MAX - 1);
        assertRefused("slab.lengthBytes", slab + HelloEncoder.SlabsEncoder.lengthBytesEncodingOffset(), Long.BYTES,
            WireMaxima.SLAB_BYTES_MAX);
    }

    @Test
    void shouldReadTheMostOfEachListInAHelloAndRefuseOneMoreByName() {
        assertMost("nodeId.length", WireMaxima.NODE_ID_LENGTH_MAX, count -> hello("n".repeat(count), 1, 1, 4));
        assertMost("offers", WireMaxima.OFFERS_MAX, count -> hello("n", count, 1, 4));
        assertMost("slabs", WireMaxima.SLABS_MAX, count -> hello("n", 1, count, 4));
        assertMost("layout.length", WireMaxima.LAYOUT_LENGTH_MAX, count -> hello("n", 1, 1, count));
    }

    @Test
    void shouldReadTheLargestPlaceOfADataFrameAndRefuseALargerOne() {
        LaneFrameAdapter adapter = new LaneFrameAdapter(WireMaxima.FRAME_BYTES_MAX);
        int length = 100;
        assertPlace(adapter, "", 1, 0, 0, 0, WireMaxima.FRAME_BYTES_MAX);
        assertPlace(adapter, "length", 1, 0, 0, 0, WireMaxima.FRAME_BYTES_MAX + 1);
        assertPlace(adapter, "", WireMaxima.CELL_ID_MAX, 0, 0, 0, length);
        assertPlace(adapter, "cell-or-slab", Integer.MIN_VALUE, 0, 0, 0, length);   // as unsigned: one more
        assertPlace(adapter, "", 1, WireMaxima.SLAB_ID_MAX, 0, 0, length);
        assertPlace(adapter, "cell-or-slab", 1, WireMaxima.SLAB_ID_MAX + 1, 0, 0, length);
        assertPlace(adapter, "", 1, 0, WireMaxima.SLAB_BYTES_MAX - length, 0, length);
        assertPlace(adapter, "offset", 1, 0, WireMaxima.SLAB_BYTES_MAX - length + 1, 0, length);
        assertPlace(adapter, "", 1, 0, 0, WireMaxima.CELL_BYTES_MAX - length, length);
        assertPlace(adapter, "offset", 1, 0, 0, WireMaxima.CELL_BYTES_MAX - length + 1, length);
    }

    @Test
    void shouldReadTheLargestPartAndRoundOfAMarkAndRefuseLargerOnes() {
        LaneFrameAdapter adapter = new LaneFrameAdapter(WireMaxima.FRAME_BYTES_MAX);
        LaneMark into = new LaneMark();
        for (int[] mark : new int[][] {{WireMaxima.PARTS_MAX - 1, WireMaxima.ROUNDS_MAX, 1},
            {WireMaxima.PARTS_MAX, 1, 0}, {0, WireMaxima.ROUNDS_MAX + 1, 0}}) {
            proxy.putMark(frame, 0, new LaneMark().set(1, 1, mark[0], mark[1], 1, false));
            assertEquals(mark[2] == 1, adapter.readMark(frame, 0, 7, 0, into), "part=" + mark[0] + " round=" + mark[1]);
            assertEquals(mark[2] == 1 ? "" : "part-or-round", mark[2] == 1 ? "" : adapter.whyRefused());
        }
        assertEquals(WireMaxima.PARTS_MAX - 1, into.part());
    }

    private void assertPlace(LaneFrameAdapter adapter, String refusal, int cell, int slab, long slabOffset,
        long cellOffset, int length) {
        proxy.putData(frame, 0, new Placement().reservation(7, 1, 1, 1).place(cell, cellOffset, slab, slabOffset,
            length), 0, length);
        assertEquals(refusal.isEmpty(), adapter.readData(frame, 0, 7, new Placement()));
        assertEquals(refusal, refusal.isEmpty() ? "" : adapter.whyRefused());
    }

    private static boolean fits(MessageShape shape, int part, int value) {
        List<byte[]> parts = new ArrayList<>();
        int length = shape.blockLength;
        for (int i = 0; i < shape.tail.size(); i++) {
            int kind = shape.tail.getInt(i);
            int count = i == part ? value : 0;
            int headLength = kind > 0 ? GroupSizeEncodingEncoder.ENCODED_LENGTH : -kind;
            UnsafeBuffer bytes = new UnsafeBuffer(new byte[headLength + (kind > 0 ? kind * count : count)]);
            if (kind > 0) {
                bytes.putShort(0, (short) kind, ByteOrder.LITTLE_ENDIAN);
                bytes.putShort(2, (short) count, ByteOrder.LITTLE_ENDIAN);
            } else if (kind == -Short.BYTES) {
                bytes.putShort(0, (short) count, ByteOrder.LITTLE_ENDIAN);
            } else {
                bytes.putInt(0, count, ByteOrder.LITTLE_ENDIAN);
            }
            parts.add(bytes.byteArray());
            length += bytes.capacity();
        }
        UnsafeBuffer body = new UnsafeBuffer(new byte[length]);
        MutableInteger at = new MutableInteger(shape.blockLength);
        parts.forEach(bytes -> body.putBytes(at.getAndAdd(bytes.length), bytes));
        return shape.fits(body, 0, length, shape.blockLength, MessageHeaderEncoder.SCHEMA_VERSION);
    }

    private static void assertRefused(String name, int bodyOffset, int bytes, long max) {
        assertDoesNotThrow(() -> read(hello("n", 1, 1, 4), bodyOffset, patched(bytes, max)));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> read(hello("n", 1, 1, 4), bodyOffset, patched(bytes, max + 1)));
        assertTrue(refused.getMessage().contains(name), refused::getMessage);
    }

    /** A number and how many bytes of it are written, in one. */
    private static long[] patched(int bytes, long value) {
        return new long[] {bytes, value};
    }

    private interface HelloOfCount {
        UnsafeBuffer of(int count);
    }

    private static void assertMost(String name, int max, HelloOfCount hellos) {
        assertDoesNotThrow(() -> read(hellos.of(max), 0));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> read(hellos.of(max + 1), 0));
        assertTrue(refused.getMessage().contains(name), refused::getMessage);
    }

    private static HelloTelling read(UnsafeBuffer hello, int bodyOffset, long... patch) {
        if (patch.length == 2) {
            switch ((int) patch[0]) {
                case Short.BYTES -> hello.putShort(BODY + bodyOffset, (short) patch[1], ByteOrder.LITTLE_ENDIAN);
                case Integer.BYTES -> hello.putInt(BODY + bodyOffset, (int) patch[1], ByteOrder.LITTLE_ENDIAN);
                default -> hello.putLong(BODY + bodyOffset, patch[1], ByteOrder.LITTLE_ENDIAN);
            }
        }
        return new HelloCodec().readHello(hello, BODY, HelloDecoder.BLOCK_LENGTH, HelloDecoder.SCHEMA_VERSION);
    }

    /** Written by the encoders themselves, which know no bounds. */
    private static UnsafeBuffer hello(String nodeId, int offers, int slabs, int layoutLength) {
        UnsafeBuffer message = new UnsafeBuffer(new byte[WireMaxima.MESSAGE_LENGTH_MAX]);
        HelloEncoder hello = new HelloEncoder().wrapAndApplyHeader(message, 0, new MessageHeaderEncoder())
            .versionMin(1).versionMax(1).incarnation(3).hostId(4).replyPort(1).lanes(1).extentBytes(4096);
        hello.roles().clear().decode(true);
        HelloEncoder.OffersEncoder offersOut = hello.offersCount(offers);
        for (int i = 0; i < offers; i++) {
            offersOut.next().scheme("tcp").port(1);
        }
        HelloEncoder.SlabsEncoder slabsOut = hello.slabsCount(slabs);
        for (int i = 0; i < slabs; i++) {
            slabsOut.next().slab(i).shard(0).tier(Tier.DRAM).lengthBytes(4096);
        }
        byte[] name = MessageProxy.utf8(nodeId);
        hello.putNodeId(name, 0, name.length).putLayout(new byte[layoutLength], 0, layoutLength);
        return message;
    }
}
