package dev.baton.transport.loopback;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The frames of one lane between its two ends, which may be two threads. Its memory goes when both ends have let go.
 */
final class LoopbackQueue {
    static final int FRAME = 1;

    private final Region region;
    private final OneToOneRingBuffer ring;
    private final AtomicInteger ends = new AtomicInteger(2);
    private volatile boolean isSenderGone;
    private volatile boolean isReceiverGone;
    private volatile boolean isCut;

    LoopbackQueue(MemoryLedger ledger, int queueBytes) {
        int bytes = queueBytes + RingBufferDescriptor.TRAILER_LENGTH;
        region = Regions.anonymous(ledger, "transport.loopback", bytes);
        ring = new OneToOneRingBuffer(new UnsafeBuffer(region.address(), bytes));
    }

    OneToOneRingBuffer ring() {
        return ring;
    }

    boolean isSenderGone() {
        return isSenderGone;
    }

    boolean isReceiverGone() {
        return isReceiverGone;
    }

    boolean isCut() {
        return isCut;
    }

    void cut() {
        isCut = true;
    }

    void senderLeaves() {
        isSenderGone = true;
        leave();
    }

    void receiverLeaves() {
        isReceiverGone = true;
        leave();
    }

    private void leave() {
        if (ends.decrementAndGet() == 0) {
            region.close();
        }
    }
}
