package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StagingPoolTest {
    private static final long EXTENT_BYTES = 4096;

    private final StreamingWindow window = new StreamingWindow(SlabPlan.even(2, 8 * EXTENT_BYTES, EXTENT_BYTES, 0));
    private final WholeRequestStaging whole =
        new WholeRequestStaging(SlabPlan.even(2, 10 * EXTENT_BYTES, EXTENT_BYTES, 2));

    @AfterEach
    void holdInvariants() {
        window.checkInvariants();
        whole.checkInvariants();
    }

    @Test
    void shouldStreamThroughAWindowSmallerThanTheRequest() {
        for (int i = 0; i < 100; i++) {
            long first = window.allocate(0, 5 * EXTENT_BYTES);
            assertEquals(ExtentRun.NONE, window.allocate(0, 3 * EXTENT_BYTES + 1), "rounded up to four extents");
            long second = window.allocate(0, 3 * EXTENT_BYTES);
            assertNotEquals(first, second);
            window.free(0, first);
            window.free(0, second);
        }
        assertEquals(8, window.freeCount(0));
    }

    @Test
    void shouldStageAWholeRequestOrNothing() {
        StagedRequest first = new StagedRequest(2);
        StagedRequest second = new StagedRequest(2);
        long[] unitBytes = {3 * EXTENT_BYTES, 2 * EXTENT_BYTES};

        assertTrue(whole.tryStage(first, new int[] {1, 3}, unitBytes));
        assertFalse(whole.tryStage(second, new int[] {2, 3}, unitBytes), "shard 1 has four extents left");
        assertFalse(second.isStaged());
        assertEquals(7, whole.freeCount(0));
        assertTrue(whole.tryStage(second, new int[] {2, 2}, unitBytes));
        assertEquals(3, ExtentRun.extentCount(second.unit(0, 1)));
        assertNotEquals(second.unit(0, 0), second.unit(0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> second.unit(0, 2));

        whole.release(first);
        whole.release(second);
        assertThrows(IllegalStateException.class, () -> whole.release(second));
        assertEquals(10, whole.freeCount(0));
        assertEquals(10, whole.freeCount(1));
    }

    @Test
    void shouldRefuseWhatCouldNeverFitAndLoseNothing() {
        StagedRequest staged = new StagedRequest(2);
        long[] unitBytes = {EXTENT_BYTES, 11 * EXTENT_BYTES};

        assertFalse(whole.couldEverFit(new int[] {11, 0}, unitBytes));
        assertTrue(whole.couldEverFit(new int[] {10, 0}, unitBytes));
        assertThrows(IllegalArgumentException.class, () -> whole.tryStage(staged, new int[] {1, 1}, unitBytes));
        assertEquals(10, whole.freeCount(0));
        assertThrows(IllegalArgumentException.class, () -> window.allocate(0, 9 * EXTENT_BYTES));
    }

    @Test
    void shouldKeepTheTwoOrdersApart() {
        long unit = window.allocate(0, EXTENT_BYTES);
        StagedRequest staged = new StagedRequest(2);
        assertTrue(whole.tryStage(staged, new int[] {10, 10}, new long[] {EXTENT_BYTES, EXTENT_BYTES}));

        assertNotEquals(ExtentRun.NONE, window.allocate(0, EXTENT_BYTES), "a full one leaves the other alone");
        assertThrows(IllegalStateException.class, () -> window.free(0, staged.unit(0, 0)));
        assertThrows(IllegalArgumentException.class,
            () -> new StagingPool(window, new WholeRequestStaging(SlabPlan.even(2, EXTENT_BYTES, EXTENT_BYTES, 1))));
        assertEquals(window, new StagingPool(window, whole).window());
        window.free(0, unit);
    }
}
