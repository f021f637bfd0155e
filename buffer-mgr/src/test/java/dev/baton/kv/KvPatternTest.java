package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KvPatternTest {
    private static final long SEED = 7;

    private static KvLayout layout(DimensionOrder order) {
        return new KvLayout("m", order, 1, 16, List.of(
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 3, 4, 21, 13, 0, 0, 1, 0)));
    }

    private static CellMap map(DimensionOrder order) {
        return CellMap.of(layout(order), Sharding.tensor(2), layout(order), Sharding.tensor(2), 23, 0, 0, 4096);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFillWhatTheImageSays(DimensionOrder order) {
        KvLayout layout = layout(order);
        Sharding sharding = Sharding.tensor(2);
        BlockImage image = BlockImage.of(layout, sharding, 1, 0, 7);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(image.lengthBytes() + 1);
            memory.set(ValueLayout.JAVA_BYTE, image.lengthBytes(), (byte) 42);
            assertEquals(image.lengthBytes(),
                KvPattern.fillImage(memory.address(), layout, sharding, 1, 0, 1, 7, SEED));
            assertEquals(42, memory.get(ValueLayout.JAVA_BYTE, image.lengthBytes()), "nothing behind the image");
            for (int layer = 0; layer < 3; layer++) {
                for (int section = 0; section < 2; section++) {
                    for (int slot = 0; slot < 7; slot++) {
                        for (int head = 0; head < 2; head++) {
                            for (int i = 0; i < image.rowBytes(section); i++) {
                                assertEquals(KvPattern.byteAt(SEED, 0, layer, section, 16 + slot, 2 + head, i),
                                    memory.get(ValueLayout.JAVA_BYTE, image.offset(layer, section, slot, head) + i));
                            }
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCountAndPlaceEveryWrongByteInWholeCellsAndInParts(DimensionOrder order) {
        CellMap map = map(order);
        int cell = 3;
        int lengthBytes = (int) map.lengthBytes(cell);
        Random random = new Random(SEED);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(lengthBytes);
            KvPattern.fillImage(memory.address(), layout(order), Sharding.tensor(2), map.sourceShard(cell), 0,
                map.block(cell), map.tokensInBlock(cell), SEED);
            assertEquals(0, KvPattern.mismatches(memory.address(), map, cell, SEED));
            assertEquals(-1, KvPattern.firstMismatch(memory.address(), map, cell, 0, lengthBytes, SEED));
            for (int i = 0; i < lengthBytes; i++) {
                memory.set(ValueLayout.JAVA_BYTE, i, (byte) ~memory.get(ValueLayout.JAVA_BYTE, i));
                assertEquals(1, KvPattern.mismatches(memory.address(), map, cell, SEED));
                assertEquals(i, KvPattern.firstMismatch(memory.address(), map, cell, 0, lengthBytes, SEED));
                int from = random.nextInt(lengthBytes);
                int part = random.nextInt(lengthBytes - from + 1);
                boolean isInside = i >= from && i < from + part;
                assertEquals(isInside ? 1 : 0,
                    KvPattern.mismatches(memory.address() + from, map, cell, from, part, SEED));
                assertEquals(isInside ? i : -1,
                    KvPattern.firstMismatch(memory.address() + from, map, cell, from, part, SEED));
                memory.set(ValueLayout.JAVA_BYTE, i, (byte) ~memory.get(ValueLayout.JAVA_BYTE, i));
            }
        }
    }

    @Test
    void shouldNameThePlaceOfAByte() {
        CellMap map = map(DimensionOrder.HND);
        BlockImage image = new BlockImage(DimensionOrder.HND, layout(DimensionOrder.HND).group(0), 3, 2, 7);

        String place = KvPattern.describe(map, 3, image.offset(2, 1, 5, 1) + 11);

        assertEquals("cell=3 group=full layer=2 section=V token=21 head=3 byteInRow=11", place);
    }

    @Test
    void shouldDifferInEveryCoordinate() {
        long base = word(SEED, 0, 0, 0, 0, 0, 0);
        assertNotEquals(base, word(SEED + 1, 0, 0, 0, 0, 0, 0));
        assertNotEquals(base, word(SEED, 1, 0, 0, 0, 0, 0));
        assertNotEquals(base, word(SEED, 0, 1, 0, 0, 0, 0));
        assertNotEquals(base, word(SEED, 0, 0, 1, 0, 0, 0));
        assertNotEquals(base, word(SEED, 0, 0, 0, 1, 0, 0));
        assertNotEquals(base, word(SEED, 0, 0, 0, 0, 1, 0));
        assertNotEquals(base, word(SEED, 0, 0, 0, 0, 0, 8));
    }

    private static long word(long seed, int group, int layer, int section, int slot, int head, int byteInRow) {
        long word = 0;
        for (int i = 0; i < 8; i++) {
            word = word << 8 | (KvPattern.byteAt(seed, group, layer, section, slot, head, byteInRow + i) & 0xff);
        }
        return word;
    }

    @Test
    void shouldRefuseAPartOutsideItsCell() {
        CellMap map = map(DimensionOrder.NHD);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> KvPattern.mismatches(0, map, 0, 8, map.lengthBytes(0), SEED));
        assertTrue(refused.getMessage().contains("fromByte=8"), refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> KvPattern.mismatches(0, map, 0, -1, 1, SEED));
    }

    @Test
    void shouldAllocateNothing() {
        CellMap map = map(DimensionOrder.NHD);
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(map.lengthBytes(0)).address();
            long wrong = fillAndCheck(map, address, 20_000);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            wrong += fillAndCheck(map, address, 2_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(0, wrong);
            assertTrue(allocated < 2_000, "bytes over 2,000 cells: " + allocated);
        }
    }

    private static long fillAndCheck(CellMap map, long address, int times) {
        KvLayout layout = map.pairing().sourceLayout();
        Sharding sharding = map.pairing().sourceSharding();
        long wrong = 0;
        for (int i = 0; i < times; i++) {
            KvPattern.fillImage(address, layout, sharding, 0, 0, 0, 16, SEED + i);
            wrong += KvPattern.mismatches(address, map, 0, SEED + i);
        }
        return wrong;
    }
}
