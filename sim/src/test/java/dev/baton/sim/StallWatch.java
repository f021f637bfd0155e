package dev.baton.sim;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * A node that did not run for a second ends its sessions, as it must; on a machine that stands still no test of real nodes can come to
 * another end. So what fails while a thread of this process, which only looks at the clock, was kept from it for half of that is
 * aborted and says so. What fails otherwise fails. Found by the service loader, for every test of this module.
 */
public final class StallWatch implements BeforeEachCallback, TestExecutionExceptionHandler {
    static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final AtomicLong LONGEST_NS = new AtomicLong();
    private static final AtomicLong LAST_NS = new AtomicLong(System.nanoTime());

    static {
        Thread.ofPlatform().daemon().name("stall-watch").start(StallWatch::watch);
    }

    private static void watch() {
        while (true) {
            LockSupport.parkNanos(LOOK_NS);
            long nowNs = System.nanoTime();
            LONGEST_NS.accumulateAndGet(nowNs - LAST_NS.getAndSet(nowNs), Math::max);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        LONGEST_NS.set(0);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw told(failure, Math.max(LONGEST_NS.get(), System.nanoTime() - LAST_NS.get()));
    }

    /** What is thrown in its place. */
    static Throwable told(Throwable failure, long stoodStillNs) {
        return stoodStillNs < STALL_NS || failure instanceof TestAbortedException ? failure
            : new TestAbortedException("this machine stood still for " + TimeUnit.NANOSECONDS.toMillis(stoodStillNs) + " ms, and then: " + failure, failure);
    }
}
