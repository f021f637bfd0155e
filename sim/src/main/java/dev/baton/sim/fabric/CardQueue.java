package dev.baton.sim.fabric;

import java.io.IOException;

import dev.baton.transport.rdma.soft.CompletionRing;
import dev.baton.transport.rdma.verbs.CompletionQueue;

/** Completions of one owner, who is woken by each. */
final class CardQueue implements CompletionQueue {
    private final SimProcess process;
    private final CompletionRing ring;

    CardQueue(SimProcess process, int entries) {
        this.process = process;
        ring = new CompletionRing(entries);
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

    @Override
    public void arm() {}

    /** Nobody waits here: whoever stepped it steps it again when there is something. */
    @Override
    public void sleep(int timeoutMs) {}

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
    public void close() {}
}
