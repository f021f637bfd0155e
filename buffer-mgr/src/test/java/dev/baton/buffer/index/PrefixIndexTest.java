package dev.baton.buffer.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    private static final long TENANT = 7;

    private record Name(long tenant, int part, BlockKey key) {}

    /** Few different names, so that the same ones come and go again and again. */
    private static Name crowded(SplittableRandom random) {
        return new Name(random.nextInt(2), random.nextInt(3),
            new BlockKey(random.nextInt(3), random.nextInt(2), random.nextInt(2), random.nextInt(4)));
    }

    @Test
    void shouldAgreeWithAMapUnderRandomSteps() {
        SplittableRandom random = new SplittableRandom(SEED);
        PrefixIndex index = new PrefixIndex(40);
        Map<Name, Long> model = new HashMap<>();
        int full = 0;
        for (int step = 0; step < 60_000; step++) {
            String where = "seed=" + SEED + " step=" + step;
            Name name = crowded(random);
            int found = index.find(name.tenant(), name.part(), name.key());
            assertEquals(model.containsKey(name), found != PrefixIndex.NOT_FOUND, where);
            if (found != PrefixIndex.NOT_FOUND) {
                assertEquals(model.get(name), index.place(found), where);
            }
            if (random.nextInt(5) < 3) {
                long place = random.nextLong() & PrefixIndex.PLACE_MAX;
                int slot = index.insert(name.tenant(), name.part(), name.key(), place);
                if (slot == PrefixIndex.FULL) {
                    full++;
                    assertTrue(model.size() == 40 && !model.containsKey(name), where);
                } else if (slot == PrefixIndex.KNOWN) {
                    assertTrue(model.containsKey(name), where);
                } else {
                    assertEquals(null, model.put(name, place), where);
                }
            } else if (found != PrefixIndex.NOT_FOUND) {
                model.remove(name);
                index.remove(found);
            }
            assertEquals(model.size(), index.size(), where);
        }
        assertTrue(full > 100, "it was full at times: " + full);
    }

    @Test
    void shouldCompareAllThirtyTwoBytesTheTenantAndThePart() {
        PrefixIndex index = new PrefixIndex(8);
        BlockKey key = new BlockKey(1, 2, 3, 4);
        int slot = index.insert(TENANT, 1, key, 5);
        assertEquals(slot, index.find(TENANT, 1, key));
        assertEquals(PrefixIndex.KNOWN, index.insert(TENANT, 1, key, 6));
        assertEquals(PrefixIndex.NOT_FOUND, index.find(TENANT + 1, 1, key));
        assertEquals(PrefixIndex.NOT_FOUND, index.find(TENANT, 0, key));
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[BlockKey.LENGTH_BYTES]);
        for (int at = 0; at < BlockKey.LENGTH_BYTES; at++) {
            key.encode(bytes, 0);
            bytes.putByte(at, (byte) (bytes.getByte(at) ^ 0x80));
            assertEquals(PrefixIndex.NOT_FOUND, index.find(TENANT, 1, BlockKey.of(bytes, 0)), "byte=" + at);
            int[] slots = new int[2];
            assertEquals(1, index.find(TENANT, 1, List.of(key, BlockKey.of(bytes, 0)), 0, 2, slots), "byte=" + at);
        }
    }

    /** Also of what the next slot is guessed to be: a name that was taken out there, or that another tenant put there. */
    @Test
    void shouldFindTheLongestPrefixUpToAGap() {
        PrefixIndex index = new PrefixIndex(128);
        SplittableRandom random = new SplittableRandom(SEED);
        List<BlockKey> keys = new ArrayList<>();
        int[] expected = new int[50];
        for (int block = 0; block < 50; block++) {
            keys.add(new BlockKey(random.nextLong(), random.nextLong(), 0, block));
            expected[block] = index.insert(TENANT, 0, keys.get(block), block);
            assertEquals(block, expected[block], "neighbours in the order in which they came");
        }
        int[] slots = new int[50];
        assertEquals(50, index.find(TENANT, 0, keys, 0, 50, slots));
        for (int block = 0; block < 50; block++) {
            assertEquals(expected[block], slots[block], "block=" + block);
        }
        assertEquals(40, index.find(TENANT, 0, keys, 10, 40, slots));
        assertEquals(expected[39], slots[29]);
        index.remove(expected[37]);
        assertEquals(37, index.find(TENANT, 0, keys, 0, 50, slots));
        index.insert(TENANT + 1, 0, keys.get(37), 0);
        assertEquals(37, index.find(TENANT, 0, keys, 0, 50, slots));
        assertNotEquals(PrefixIndex.NOT_FOUND, index.insert(TENANT, 0, keys.get(37), 0));
        assertEquals(50, index.find(TENANT, 0, keys, 0, 50, slots));
    }

    @Test
    void shouldAllocateNothingOnceMadeAndStateItsBytes() {
        PrefixIndex index = new PrefixIndex(3000);
        SplittableRandom random = new SplittableRandom(SEED);
        int[] slots = new int[64];
        List<List<BlockKey>> chains = new ArrayList<>();
        for (int chain = 0; chain < 16; chain++) {
            List<BlockKey> keys = new ArrayList<>();
            for (int block = 0; block < 64; block++) {
                keys.add(new BlockKey(random.nextLong(), 0, 0, 0));
            }
            chains.add(keys);
        }
        long before = ThreadAllocation.currentThreadBytes();
        long leastBytes = Long.MAX_VALUE;
        for (int round = 0; round < 4000; round++) {
            if (round % 500 == 0 && round > 0) {             // the least of several spells: the compiler's own are not ours
                leastBytes = Math.min(leastBytes, ThreadAllocation.currentThreadBytes() - before);
                before = ThreadAllocation.currentThreadBytes();
            }
            List<BlockKey> keys = chains.get(round % 16);
            for (int at = 0; at < 64; at++) {
                index.insert(TENANT, 0, keys.get(at), at);
            }
            index.find(TENANT, 0, keys, 0, 64, slots);
            for (int at = 0; at < 64; at++) {
                index.remove(slots[at]);
            }
        }
        assertEquals(0, leastBytes);
        assertTrue(index.bookkeepingBytes() <= 3000L * (48 + 22) + 1024, () -> "bytes=" + index.bookkeepingBytes());
    }
}
