package dev.baton.transport.rdma.shared;

import dev.baton.transport.rdma.soft.RingQueue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Completions of some queue pairs, which go on when it is polled: there is no other thread. Owned by one thread. */
final class SharedQueue extends RingQueue {
    private static final long LOOK_EVERY_NS = 50_000;

    private final List<SharedQueuePair> pairs = new ArrayList<>();

    SharedQueue(int entries) {
        super(entries);
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
    public void close() {
        if (!pairs.isEmpty()) {
            throw new IllegalStateException("a completion queue has queue pairs yet: count=" + pairs.size());
        }
    }
}
