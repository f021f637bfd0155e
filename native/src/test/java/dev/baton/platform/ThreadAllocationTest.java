package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ThreadAllocationTest {
    private static byte[] kept;

    @Test
    void shouldCountWhatWasAllocatedAndNothingElse() {
        long before = ThreadAllocation.currentThreadBytes();
        long between = ThreadAllocation.currentThreadBytes();
        kept = new byte[100_000];
        long after = ThreadAllocation.bytes(Thread.currentThread());

        assertEquals(before, between);
        assertTrue(after - between >= kept.length, () -> "counted=" + (after - between));
        assertTrue(after - between < 2L * kept.length, () -> "counted=" + (after - between));
    }
}
