package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Looks for writes that land after the fence: gives the receiver's memory to a new owner, and watches it. */
final class LateWrites {
    /** Longer than a packet lives in a cable of software, its resending counted in. */
    private static final long WATCHED_NS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final byte NEW_OWNERS = 0x11;

    private final TestReceiver receiver;
    private final Inlet inlet;
    private final WriterFence fence;
    private final Set<Long> closed = new HashSet<>();
    private final MemorySegment expected = MemorySegment.ofArray(new byte[TestReceiver.SLAB_BYTES]).fill(NEW_OWNERS);

    LateWrites(TestReceiver receiver, Inlet inlet, WriterFence fence) {
        this.receiver = receiver;
        this.inlet = inlet;
        this.fence = fence;
    }

    void watch(long sessionId) {
        fence.watch(sessionId);
        assertTrue(fence.isHeld(sessionId));
    }

    /** Fences the session and hands its memory on at once, the first time. */
    void close(long sessionId) {
        if (!closed.add(sessionId)) {
            return;
        }
        inlet.closeSession(sessionId);
        assertTrue(fence.isGone(sessionId), "the session's fence is shut");
        for (int i = 0; i < TestReceiver.SLAB_COUNT; i++) {
            receiver.slab(i).segment().fill(NEW_OWNERS);
        }
    }

    /** Closes the session if that was not done, and steps both ends for a while: no byte of the new owner's changes. */
    void awaitNone(long sessionId, Runnable sender) {
        close(sessionId);
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < WATCHED_NS) {
            sender.run();
            inlet.poll(1 << 20);
        }
        for (int i = 0; i < TestReceiver.SLAB_COUNT; i++) {
            assertEquals(-1, expected.mismatch(receiver.slab(i).segment()), "first byte that landed late, slab " + i);
        }
    }
}
