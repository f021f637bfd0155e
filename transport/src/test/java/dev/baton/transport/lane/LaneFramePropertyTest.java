package dev.baton.transport.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.WireMaxima;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;

class LaneFramePropertyTest {
    private static final int FRAME_MAX = 1 << 20;
    private static final int SKIP_MAX = 1_000;

    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final LaneFrameAdapter adapter = new LaneFrameAdapter(FRAME_MAX);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);

    @Property(tries = 300)
    void shouldReadAPlaceAsItWasWritten(@ForAll long reservation, @ForAll int generation, @ForAll long token,
        @ForAll @IntRange int cell, @ForAll @IntRange(max = WireMaxima.SLAB_ID_MAX) int slab,
        @ForAll @LongRange(max = WireMaxima.SLAB_BYTES_MAX - FRAME_MAX - SKIP_MAX) long slabOffset,
        @ForAll @LongRange(max = WireMaxima.CELL_BYTES_MAX - FRAME_MAX - SKIP_MAX) long cellOffset,
        @ForAll @IntRange(min = 1, max = FRAME_MAX) int length, @ForAll @IntRange(max = SKIP_MAX) int skip,
        @ForAll @IntRange(max = 40) int offset) {
        Placement told = new Placement().reservation(1, reservation, generation, token)
            .place(cell, cellOffset, slab, slabOffset, length);
        proxy.putData(buffer, offset, told, skip, length);
        Placement read = new Placement();

        assertEquals(LaneFrameAdapter.DATA, adapter.kind(buffer, offset, LaneFrameProxy.DATA_HEADER_BYTES));
        assertTrue(adapter.readData(buffer, offset, 55, read));

        assertEquals(55, read.sessionId());
        assertEquals(reservation, read.reservation());
        assertEquals(generation, read.generation());
        assertEquals(token, read.token());
        assertEquals(cell, read.cell());
        assertEquals(slab, read.slab());
        assertEquals(slabOffset + skip, read.slabOffset());
        assertEquals(cellOffset + skip, read.cellOffset());
        assertEquals(length, read.lengthBytes());
    }

    @Property(tries = 300)
    void shouldReadAMarkAndAnOpeningAsTheyWereWritten(@ForAll long reservation, @ForAll int generation,
        @ForAll @IntRange(max = WireMaxima.PARTS_MAX - 1) int part, @ForAll @IntRange(max = WireMaxima.ROUNDS_MAX) int round, @ForAll int seq,
        @ForAll boolean isLast, @ForAll long high, @ForAll @IntRange(max = 65_534) int lane) {
        LaneMark read = new LaneMark();
        proxy.putMark(buffer, 0, new LaneMark().set(reservation, generation, part, round, seq, isLast));
        assertEquals(LaneFrameAdapter.MARK, adapter.kind(buffer, 0, LaneFrameProxy.MARK_BYTES));
        assertTrue(adapter.readMark(buffer, 0, 5, 6, read));
        assertEquals(5, read.sessionId());
        assertEquals(6, read.lane());
        assertEquals(reservation, read.reservation());
        assertEquals(generation, read.generation());
        assertEquals(part, read.part());
        assertEquals(round, read.round());
        assertEquals(seq, read.seq());
        assertEquals(isLast, read.isLast());

        proxy.putOpen(buffer, 3, reservation, lane, high, ~high);
        assertEquals(LaneFrameAdapter.OPEN, adapter.kind(buffer, 3, LaneFrameProxy.OPEN_BYTES));
        adapter.readOpen(buffer, 3);
        assertEquals(reservation, adapter.openSession());
        assertEquals(lane, adapter.openLane());
        assertEquals(high, adapter.openTokenHigh());
        assertEquals(~high, adapter.openTokenLow());
    }

    @Property(tries = 2000)
    void shouldRefuseAnyBytesOrGiveABoundedPlace(@ForAll @Size(max = 90) byte[] bytes,
        @ForAll @IntRange(max = 3) int head) {
        if (head > 0 && bytes.length >= 8) {
            proxy.putOpen(buffer, 0, 0, 0, 0, 0);
            proxy.putMark(buffer, 0, new LaneMark());
            if (head == 1) {
                proxy.putData(buffer, 0, new Placement(), 0, 1);
            } else if (head == 2) {
                proxy.putOpen(buffer, 0, 0, 0, 0, 0);
            }
            buffer.getBytes(0, bytes, 0, 8);
        }
        AnyFrame.readOrRefuse(adapter, bytes);
    }

    @Property(tries = 300)
    void shouldRefuseAPlaceOutOfItsBounds(@ForAll @LongRange(min = 0x8000_0000L, max = 0xFFFF_FFFEL) long cell,
        @ForAll @IntRange(max = 3) int which) {
        Placement good = new Placement().reservation(1, 2, 3, 4).place(5, 6, 7, 8, 9);
        proxy.putData(buffer, 0, good, 0, 9);
        Placement read = new Placement();
        assertTrue(adapter.readData(buffer, 0, 1, read));
        switch (which) {
            case 0 -> proxy.putData(buffer, 0, good, 0, FRAME_MAX + 1);
            case 1 -> buffer.putInt(8 + 12, (int) cell, java.nio.ByteOrder.LITTLE_ENDIAN);
            case 2 -> buffer.putLong(8 + 24, -cell, java.nio.ByteOrder.LITTLE_ENDIAN);
            default -> buffer.putLong(8 + 32, Long.MAX_VALUE - 8, java.nio.ByteOrder.LITTLE_ENDIAN);
        }

        assertFalse(adapter.readData(buffer, 0, 1, read));
        assertEquals(5, read.cell());
        assertFalse(adapter.whyRefused().isEmpty());
    }
}
