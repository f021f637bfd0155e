package dev.baton.transport.rdma.shared;

import dev.baton.transport.rdma.soft.CompletionRing;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Completions of some queue pairs, which go on when it is polled: there is no other thread. Owned by one thread. */
final class SharedQueue implements CompletionQueue {
    private static final long LOOK_EVERY_NS = 50_000;

    private final CompletionRing ring;
    private final List<SharedQueuePair> pairs = new ArrayList<>();

    SharedQueue(int entries) {
        ring = new CompletionRing(entries);
    }

    void add(SharedQueuePair pair) {
        pairs.add(pair);
    }

    void remove(SharedQueuePair pair) {
        pairs.remove(pair);
    }

    void put(long requestId, int status, int kind, int lengthBytes, int immediate) {
        ring.put(requestId, status, kind, lengthBytes, immediate);
    }

    @Override
    public int poll() throws IOException {
        for (int i = 0; i < pairs.size(); i++) {
            pairs.get(i).progress();
        }
        return ring.take();
    }

    @Override
    public void arm() {}

    /** There is nobody to wake this up: it looks now and then. */
    @Override
    public void sleep(int timeoutMs) throws IOException {
        long startNs = System.nanoTime();
        while (ring.isEmpty() && System.nanoTime() - startNs < timeoutMs * 1_000_000L) {
            LockSupport.parkNanos(LOOK_EVERY_NS);
            for (int i = 0; i < pairs.size(); i++) {
                pairs.get(i).progress();
            }
        }
    }

    @Override
    public long requestId(int index) {
        return ring.requestId(index);
    }

    @Override
    public int status(int index) {
        return ring.status(index);
    }

    @Override
    public int kind(int index) {
        return ring.kind(index);
    }

    @Override
    public int lengthBytes(int index) {
        return ring.lengthBytes(index);
    }

    @Override
    public int immediate(int index) {
        return ring.immediate(index);
    }

    @Override
    public void close() {
        if (!pairs.isEmpty()) {
            throw new IllegalStateException("a completion queue has queue pairs yet: count=" + pairs.size());
        }
    }
}
