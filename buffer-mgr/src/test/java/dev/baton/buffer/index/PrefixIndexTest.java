package dev.baton.buffer.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.Tier;
import dev.baton.kv.BlockKey;
import dev.baton.platform.ThreadAllocation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PrefixIndexTest {
    private static final long SEED = 20261121;

    private final UnsafeBuffer keys = new UnsafeBuffer(new byte[64 * BlockKey.LENGTH_BYTES]);

    private int put(int at, BlockKey key) {
        key.encode(keys, at * BlockKey.LENGTH_BYTES);
        return at * BlockKey.LENGTH_BYTES;
    }

    /** Few different home places and fingerprints, so that probes run long and whole keys must be compared. */
    private static BlockKey crowded(SplittableRandom random) {
        return new BlockKey((long) random.nextInt(2) << 32 | random.nextInt(4), random.nextInt(2), random.nextInt(2),
            random.nextInt(4));
    }

    @Test
    void shouldAgreeWithAMapUnderRandomSteps() {
        SplittableRandom random = new SplittableRandom(SEED);
        PrefixIndex index = new PrefixIndex(40);
        Map<BlockKey, Long> model = new HashMap<>();
        List<Long> gone = new ArrayList<>();
        for (int step = 0; step < 60_000; step++) {
            String where = "seed=" + SEED + " step=" + step;
            BlockKey key = crowded(random);
            int offset = put(0, key);
            int found = index.find(keys, offset);
            assertEquals(model.containsKey(key), found != PrefixIndex.NOT_FOUND, where);
            if (found != PrefixIndex.NOT_FOUND) {
                assertEquals(model.get(key), index.handle(found), where);
            }
            if (random.nextInt(5) < 3) {
                int slot = index.insert(keys, offset);
                if (slot == PrefixIndex.FULL) {
                    assertTrue(model.size() == 40 && !model.containsKey(key), where);
                } else {
                    model.putIfAbsent(key, index.handle(slot));
                    assertEquals(model.get(key), index.handle(slot), where);
                }
            } else if (found != PrefixIndex.NOT_FOUND) {
                gone.add(model.remove(key));
                assertTrue(index.remove(found), where);
            }
            assertEquals(model.size(), index.size(), where);
        }
        assertTrue(gone.size() > 1000);
        for (long handle : gone) {
            assertEquals(PrefixIndex.NOT_FOUND, index.slotOfCurrent(handle));
        }
        model.values().forEach(handle -> assertNotEquals(PrefixIndex.NOT_FOUND, index.slotOfCurrent(handle)));
    }

    @Test
    void shouldCompareAllThirtyTwoBytes() {
        PrefixIndex index = new PrefixIndex(8);
        BlockKey key = new BlockKey(1, 2, 3, 4);
        int slot = index.insert(keys, put(0, key));
        assertEquals(slot, index.find(keys, 0));
        for (int at = 0; at < BlockKey.LENGTH_BYTES; at++) {
            keys.putByte(at, (byte) (keys.getByte(at) ^ 0x80));
            assertEquals(PrefixIndex.NOT_FOUND, index.find(keys, 0), "byte=" + at);
            keys.putByte(at, (byte) (keys.getByte(at) ^ 0x80));
        }
    }

    @Test
    void shouldFindTheLongestPrefixAndTheBlocksBehindAGap() {
        PrefixIndex index = new PrefixIndex(64);
        SplittableRandom random = new SplittableRandom(SEED);
        int[] expected = new int[50];
        for (int block = 0; block < 50; block++) {
            int offset = put(block, new BlockKey(random.nextLong(), random.nextLong(), 0, block));
            expected[block] = block == 37 ? PrefixIndex.NOT_FOUND : index.insert(keys, offset);
        }
        int[] slots = new int[50];
        assertEquals(37, index.find(keys, 0, 50, slots, true));
        assertEquals(50, index.find(keys, 0, 50, slots, false));
        for (int block = 0; block < 50; block++) {
            assertEquals(expected[block], slots[block], "block=" + block);
        }
    }

    @Test
    void shouldKeepAPinnedBlockAndForgetItAfterItsLastReader() {
        PrefixIndex index = new PrefixIndex(4);
        int slot = index.insert(keys, put(0, new BlockKey(9, 9, 9, 9)));
        long handle = index.handle(slot);
        index.pin(slot);
        index.pin(slot);

        assertFalse(index.remove(slot));
        index.unpin(slot);
        assertTrue(index.isPinned(slot));
        assertFalse(index.remove(slot));
        assertEquals(slot, index.slotOfCurrent(handle));
        index.unpin(slot);
        assertThrows(IllegalStateException.class, () -> index.unpin(slot));
        assertTrue(index.remove(slot));

        assertEquals(slot, index.insert(keys, put(0, new BlockKey(9, 9, 9, 9))));
        assertEquals(PrefixIndex.NOT_FOUND, index.slotOfCurrent(handle));
        assertThrows(IllegalArgumentException.class, () -> index.pin(1));
    }

    @Test
    void shouldKnowWhatEachTierHolds() {
        PrefixIndex index = new PrefixIndex(4);
        int slot = index.insert(keys, put(0, new BlockKey(1, 1, 1, 1)));
        assertTrue(index.isNowhere(slot));
        assertEquals(PrefixIndex.NO_PLACE, index.place(slot));
        index.groups(slot, Tier.DRAM, 0b101);
        index.groups(slot, Tier.REMOTE, 0xffff);
        index.place(slot, 77);
        assertEquals(0b101, index.groups(slot, Tier.DRAM));
        assertEquals(0, index.groups(slot, Tier.DISK));
        assertEquals(0xffff, index.groups(slot, Tier.REMOTE));
        index.groups(slot, Tier.DRAM, 0);
        assertFalse(index.isNowhere(slot));
        index.groups(slot, Tier.REMOTE, 0);
        assertTrue(index.isNowhere(slot));
        assertEquals(77, index.place(slot));
    }

    @Test
    void shouldAllocateNothingOnceMadeAndStateItsBytes() {
        PrefixIndex index = new PrefixIndex(3000);
        SplittableRandom random = new SplittableRandom(SEED);
        int[] slots = new int[64];
        long before = ThreadAllocation.currentThreadBytes();
        long leastBytes = Long.MAX_VALUE;
        for (int round = 0; round < 4000; round++) {
            if (round % 500 == 0 && round > 0) {             // the least of several spells: the compiler's own are not ours
                leastBytes = Math.min(leastBytes, ThreadAllocation.currentThreadBytes() - before);
                before = ThreadAllocation.currentThreadBytes();
            }
            for (int at = 0; at < 64; at++) {
                keys.putLong(at * BlockKey.LENGTH_BYTES, random.nextLong());
                slots[at] = index.insert(keys, at * BlockKey.LENGTH_BYTES);
            }
            index.find(keys, 0, 64, slots, true);
            for (int at = 0; at < 64; at++) {
                index.pin(slots[at]);
                index.unpin(slots[at]);
                index.remove(slots[at]);
            }
        }
        assertEquals(0, leastBytes);
        assertTrue(index.bookkeepingBytes() <= 3000L * (56 + 22) + 512, () -> "bytes=" + index.bookkeepingBytes());
    }
}
