package dev.baton.platform;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Bytes of heap that a thread has allocated since it began, as the JVM counts them: exact, including what is garbage by
 * now. The proof of "nothing is allocated once warm". Asking does not itself allocate on the asking thread.
 */
public final class ThreadAllocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static {
        // The first question loads classes and allocates; nobody's measurement shall count that.
        THREADS.getCurrentThreadAllocatedBytes();
        THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId());
    }

    private ThreadAllocation() {}

    /** Bytes allocated so far by this very thread. */
    public static long currentThreadBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /** Bytes allocated so far by another thread; -1 if it is not alive. */
    public static long bytes(Thread thread) {
        return THREADS.getThreadAllocatedBytes(thread.threadId());
    }
}
