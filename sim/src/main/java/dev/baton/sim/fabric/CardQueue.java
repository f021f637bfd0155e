package dev.baton.sim.fabric;

import java.io.IOException;

import dev.baton.transport.rdma.soft.RingQueue;

/** Completions of one owner, who is woken by each. */
final class CardQueue extends RingQueue {
    private final SimProcess process;

    CardQueue(SimProcess process, int entries) {
        super(entries);
        this.process = process;
    }

    void put(long requestId, int status, int kind, int lengthBytes, int immediate) {
        ring.put(requestId, status, kind, lengthBytes, immediate);
        if (!process.isDead()) {
            process.wake();
        }
    }

    @Override
    public int poll() throws IOException {
        return ring.take();
    }

    /** Nobody waits here: whoever stepped it steps it again when there is something. */
    @Override
    public void sleep(int timeoutMs) {}

    @Override
    public void close() {}
}
