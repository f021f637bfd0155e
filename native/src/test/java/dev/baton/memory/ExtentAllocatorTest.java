package dev.baton.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentAllocatorTest {
    @Test
    void shouldGiveOneRunWhenOneIsLongEnough() {
        ExtentAllocator allocator = new ExtentAllocator(3, 256, 256);
        RunList runs = new RunList(4);

        assertTrue(allocator.allocate(200, runs));

        assertEquals(1, runs.size());
        assertEquals(200, ExtentRun.extentCount(runs.run(0)));
        assertEquals(312, allocator.freeCount());
        allocator.checkInvariants();
    }

    @Test
    void shouldTakeTheShortestRunThatFits() {
        ExtentAllocator allocator = new ExtentAllocator(0, 64);
        long whole = allocator.allocateContiguous(64);
        allocator.free(ExtentRun.of(0, 0, 20));
        allocator.free(ExtentRun.of(0, 30, 5));
        allocator.free(ExtentRun.of(0, 40, 9));

        assertEquals(64, ExtentRun.extentCount(whole));
        assertEquals(ExtentRun.of(0, 40, 8), allocator.allocateContiguous(8));
        assertEquals(ExtentRun.of(0, 30, 5), allocator.allocateContiguous(5));
        allocator.checkInvariants();
    }

    @Test
    void shouldNeverCrossASlab() {
        ExtentAllocator allocator = new ExtentAllocator(0, 16, 16, 7);
        RunList runs = new RunList(1);

        assertTrue(allocator.allocate(39, runs));

        assertEquals(3, runs.size());
        assertEquals(0, allocator.freeCount());
        allocator.freeFrom(runs, 0);
        assertEquals(3, allocator.freeRunCount());
        assertEquals(16, allocator.longestFreeRun());
        assertEquals(ExtentRun.NONE, allocator.allocateContiguous(17));
        allocator.checkInvariants();
    }

    @Test
    void shouldTakeNothingWhenTooFewAreFree() {
        ExtentAllocator allocator = new ExtentAllocator(0, 8, 8);
        RunList runs = new RunList(0);

        assertFalse(allocator.allocate(17, runs));

        assertTrue(runs.isEmpty());
        assertEquals(16, allocator.freeCount());
    }

    @Test
    void shouldGiveUnitsBackWhenTheyDoNotAllFit() {
        ExtentAllocator allocator = new ExtentAllocator(0, 7, 7);
        RunList runs = new RunList(0);

        assertFalse(allocator.allocateUnits(3, 4, runs));
        assertEquals(14, allocator.freeCount());
        assertTrue(runs.isEmpty());

        assertTrue(allocator.allocateUnits(2, 4, runs));
        assertEquals(2, runs.size());
        allocator.checkInvariants();
    }

    @Test
    void shouldRefuseToFreeTwiceAndChangeNothing() {
        ExtentAllocator allocator = new ExtentAllocator(0, 32);
        long run = allocator.allocateContiguous(8);
        allocator.free(run);

        assertThrows(IllegalStateException.class, () -> allocator.free(run));
        assertThrows(IllegalStateException.class, () -> allocator.free(ExtentRun.of(1, 0, 1)));
        assertThrows(IllegalStateException.class, () -> allocator.free(ExtentRun.of(0, 30, 3)));
        assertEquals(32, allocator.freeCount());
        allocator.checkInvariants();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 129, 256, 5000})
    void shouldKeepItsBookkeepingSmall(int slabExtents) {
        ExtentAllocator allocator = new ExtentAllocator(0, slabExtents, slabExtents, slabExtents, slabExtents);

        assertTrue(allocator.bookkeepingBytes() <= 256 + 40L * allocator.extentCount(),
            () -> "bookkeepingBytes=" + allocator.bookkeepingBytes());
    }

    /** Against a plain bit set: what is taken is free and whole, what is free is merged, and pieces are as few as can be. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldAgreeWithANaiveModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] slabs = new int[1 + random.nextInt(5)];
        for (int i = 0; i < slabs.length; i++) {
            slabs[i] = 1 + random.nextInt(200);
        }
        ExtentAllocator allocator = new ExtentAllocator(10, slabs);
        BitSet[] taken = new BitSet[slabs.length];
        for (int i = 0; i < slabs.length; i++) {
            taken[i] = new BitSet(slabs[i]);
        }
        List<Long> live = new ArrayList<>();
        RunList runs = new RunList(0);
        for (int step = 0; step < 4000; step++) {
            String where = "seed=" + seed + " step=" + step;
            List<Integer> free = freeRuns(slabs, taken);
            int freeCount = free.stream().mapToInt(Integer::intValue).sum();
            if (random.nextInt(100) < 55) {
                int count = 1 + random.nextInt(random.nextBoolean() ? 6 : 150);
                runs.clear();
                assertEquals(count <= freeCount, allocator.allocate(count, runs), where);
                if (count <= freeCount) {
                    assertEquals(count, runs.extentCount(), where);
                    assertEquals(fewestPieces(free, count), runs.size(), where);
                }
                for (int i = 0; i < runs.size(); i++) {
                    long run = runs.run(i);
                    BitSet slab = taken[ExtentRun.slabId(run) - 10];
                    int first = ExtentRun.firstExtent(run);
                    int end = first + ExtentRun.extentCount(run);
                    assertTrue(end <= slabs[ExtentRun.slabId(run) - 10], where);
                    assertTrue(slab.get(first, end).isEmpty(), where);
                    slab.set(first, end);
                    live.add(run);
                }
            } else if (!live.isEmpty()) {
                long run = live.remove(random.nextInt(live.size()));
                int count = ExtentRun.extentCount(run);
                int part = 1 + random.nextInt(count);
                long freed = ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run), part);
                if (part < count) {
                    live.add(ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + part, count - part));
                }
                allocator.free(freed);
                taken[ExtentRun.slabId(run) - 10].clear(ExtentRun.firstExtent(run), ExtentRun.firstExtent(run) + part);
            }
            List<Integer> freeNow = freeRuns(slabs, taken);
            assertEquals(freeNow.size(), allocator.freeRunCount(), where);
            assertEquals(freeNow.isEmpty() ? 0 : freeNow.getLast(), allocator.longestFreeRun(), where);
            if (step % 50 == 0) {
                allocator.checkInvariants();
            }
        }
    }

    private static int fewestPieces(List<Integer> freeAscending, int count) {
        int rest = count;
        int pieces = 0;
        for (int i = freeAscending.size() - 1; rest > 0; i--) {
            rest -= freeAscending.get(i);
            pieces++;
        }
        return pieces;
    }

    private static List<Integer> freeRuns(int[] slabs, BitSet[] taken) {
        List<Integer> lengths = new ArrayList<>();
        for (int slab = 0; slab < slabs.length; slab++) {
            int first = taken[slab].nextClearBit(0);
            while (first < slabs[slab]) {
                int next = taken[slab].nextSetBit(first);
                int end = next < 0 ? slabs[slab] : next;
                lengths.add(end - first);
                first = taken[slab].nextClearBit(end);
            }
        }
        lengths.sort(null);
        return lengths;
    }
}
