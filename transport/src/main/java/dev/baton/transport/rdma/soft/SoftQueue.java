package dev.baton.transport.rdma.soft;

import java.io.IOException;

/** A ring of completions of fixed size. */
final class SoftQueue extends RingQueue {
    private final SoftNetwork network;
    private int users;

    SoftQueue(SoftNetwork network, int entries) {
        super(entries);
        this.network = network;
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
    public void close() {
        synchronized (network) {
            if (users > 0) {
                throw new IllegalStateException("a completion queue has queue pairs yet: count=" + users);
            }
        }
    }
}
