package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import java.io.IOException;

/** A ring of completions of fixed size. */
final class SoftQueue implements CompletionQueue {
    private final SoftNetwork network;
    private final CompletionRing ring;
    private int users;

    SoftQueue(SoftNetwork network, int entries) {
        this.network = network;
        ring = new CompletionRing(entries);
    }

    /** Under the network's lock. */
    void put(long requestId, int status, int kind, int lengthBytes, int immediate) {
        ring.put(requestId, status, kind, lengthBytes, immediate);
        network.notifyAll();
    }

    /** Under the network's lock. */
    void use(int by) {
        users += by;
    }

    @Override
    public int poll() throws IOException {
        synchronized (network) {
            return ring.take();
        }
    }

    @Override
    public void arm() {}

    /** Waits for whoever puts something in, in this process. */
    @Override
    public void sleep(int timeoutMs) {
        long startNs = System.nanoTime();
        synchronized (network) {
            try {
                for (long leftMs = timeoutMs; ring.isEmpty() && leftMs > 0;
                    leftMs = timeoutMs - (System.nanoTime() - startNs) / 1_000_000) {
                    network.wait(leftMs);
                }
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
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
        synchronized (network) {
            if (users > 0) {
                throw new IllegalStateException("a completion queue has queue pairs yet: count=" + users);
            }
        }
    }
}
