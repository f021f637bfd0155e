package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;

/** What queues of devices of software share: completions lie in a ring, and nobody is told of the next by an event. */
public abstract class RingQueue implements CompletionQueue {
    protected final CompletionRing ring;

    protected RingQueue(int entries) {
        ring = new CompletionRing(entries);
    }

    @Override
    public final void arm() {}

    @Override
    public final long requestId(int index) {
        return ring.requestId(index);
    }

    @Override
    public final int status(int index) {
        return ring.status(index);
    }

    @Override
    public final int kind(int index) {
        return ring.kind(index);
    }

    @Override
    public final int lengthBytes(int index) {
        return ring.lengthBytes(index);
    }

    @Override
    public final int immediate(int index) {
        return ring.immediate(index);
    }
}
