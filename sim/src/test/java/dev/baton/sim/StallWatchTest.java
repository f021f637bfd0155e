package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class StallWatchTest {
    private final AssertionError failure = new AssertionError("a byte is wrong");

    @Test
    void shouldLetWhatFailsFailWhereTheMachineRan() {
        assertSame(failure, StallWatch.told(failure, StallWatch.STALL_NS - 1));
    }

    @Test
    void shouldAbortWhatFailsWhereTheMachineStoodStillAndSayBoth() {
        Throwable told = StallWatch.told(failure, 2 * StallWatch.STALL_NS);

        assertTrue(told instanceof TestAbortedException);
        assertEquals("this machine stood still for 1000 ms, and then: java.lang.AssertionError: a byte is wrong", told.getMessage());
        assertSame(failure, told.getCause());
    }

    @Test
    void shouldLeaveWhatIsSkippedAnyway() {
        TestAbortedException skipped = new TestAbortedException("no namespaces here");

        assertSame(skipped, StallWatch.told(skipped, 2 * StallWatch.STALL_NS));
    }
}
