package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;

/** Where bytes of blocks lie whose extents are scattered over the pool: given in reverse here, two in a row at the end. */
class ScatteredBlocksTest {
    private static final int EXTENT_BYTES = 4096;
    private static final int BLOCKS = 3;

    private final MemoryLedger memory = new MemoryLedger();
    private SlabPool pool;
    private RunMap runs;
    private CellMap map;

    /** Cells of {@code headDim x 256} bytes: 64 is four extents, 68 four and a quarter. */
    private void open(int headDim) {
        KvLayout layout = new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 16,
            List.of(LayerGroup.attention("all", 2, 2, headDim, ElementType.BF16)));
        map = CellMap.ofTarget(ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE), BLOCKS * 16, 0, 0, EXTENT_BYTES);
        int extents = map.extents(0);
        SlabPlan plan = SlabPlan.even(1, (long) extents * EXTENT_BYTES, EXTENT_BYTES, 0);
        pool = SlabPool.open(memory, "test-pool", plan, null, 1);
        runs = new RunMap(1, EXTENT_BYTES);
        for (int extent = extents - 1; extent >= 2; extent--) {
            runs.add(0, 0, extent, 1);
        }
        runs.add(0, 0, 0, 2);
    }

    @AfterEach
    void close() {
        pool.close();
        assertTrue(memory.isEmpty(), memory::toString);
    }

    private long expected(int cell, long at) {
        long linear = map.targetOffset(cell) + at;
        int count = map.extents(0);
        int extent = (int) (linear / EXTENT_BYTES);
        int place = extent < count - 2 ? count - 1 - extent : extent - (count - 2);
        return pool.address(0, 0) + (long) place * EXTENT_BYTES + linear % EXTENT_BYTES;
    }

    @Test
    void shouldShowAnEngineEachByteOfItsBlocks() {
        open(64);
        ReadyBlocks blocks = new ReadyBlocks(map, runs, pool, 1, BLOCKS);
        assertEquals(1, blocks.firstCell());
        assertEquals(BLOCKS, blocks.endCell());
        for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
            for (long at = 0; at < map.lengthBytes(cell); at += 1000) {
                assertEquals(expected(cell, at), blocks.address(cell, at), "cell=" + cell + " at=" + at);
                boolean isInLastRun = map.targetOffset(cell) + at >= (long) (map.extents(0) - 2) * EXTENT_BYTES;
                long inRun = isInLastRun ? map.lengthBytes(cell) - at : EXTENT_BYTES - at % EXTENT_BYTES;
                assertEquals(Math.min(inRun, map.lengthBytes(cell) - at), blocks.contiguousBytes(cell, at), "cell=" + cell + " at=" + at);
            }
        }
    }

    @Test
    void shouldWalkABlockInSlicesOfAnExtent() {
        open(64);
        SliceCursor cursor = new SliceCursor(map, runs, pool, 2, CellMap.ALL_GROUPS);
        List<Integer> slices = new ArrayList<>();
        for (; !cursor.isAtEnd(); cursor.next()) {
            assertEquals(2, cursor.cell());
            assertTrue(cursor.isInARow());
            assertEquals(EXTENT_BYTES, cursor.lengthBytes());
            assertEquals(expected(2, (long) cursor.slice() * EXTENT_BYTES), cursor.address());
            slices.add(cursor.slice());
        }
        assertEquals(List.of(0, 1, 2, 3), slices);
    }

    /** Packed cells do not begin on an extent: a slice across the end of a run has no address. */
    @Test
    void shouldSayWhichSlicesDoNotLieInARow() {
        open(68);
        assertEquals(68 * 256, map.lengthBytes(1));
        SliceCursor cursor = new SliceCursor(map, runs, pool, 1, CellMap.ALL_GROUPS);
        long bytes = 0;
        int scattered = 0;
        for (; !cursor.isAtEnd(); cursor.next()) {
            long from = map.targetOffset(1) + (long) cursor.slice() * EXTENT_BYTES;
            boolean isWithin = from / EXTENT_BYTES == (from + cursor.lengthBytes() - 1) / EXTENT_BYTES;
            assertEquals(isWithin || from / EXTENT_BYTES >= map.extents(0) - 2, cursor.isInARow(), "slice=" + cursor.slice());
            scattered += cursor.isInARow() ? 0 : 1;
            bytes += cursor.lengthBytes();
        }
        assertEquals(map.lengthBytes(1), bytes);
        assertEquals(2, cursor.cell(), "behind it");
        assertFalse(map.targetOffset(1) % EXTENT_BYTES != 0 && scattered == 0, "packed, so some are scattered");
    }
}
