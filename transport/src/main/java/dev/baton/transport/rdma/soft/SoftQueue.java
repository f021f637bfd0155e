package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import java.io.IOException;

/** A ring of completions of fixed size. What does not fit breaks it, as on a card. */
final class SoftQueue implements CompletionQueue {
    private static final int BATCH = 32;

    private final SoftNetwork network;
    private final long[] requestIds;
    private final int[] statuses;
    private final int[] kinds;
    private final int[] lengths;
    private final int[] immediates;
    private int head;
    private int count;
    private int taken;
    private int users;
    private boolean isOverrun;

    SoftQueue(SoftNetwork network, int entries) {
        this.network = network;
        requestIds = new long[entries + BATCH];
        statuses = new int[entries + BATCH];
        kinds = new int[entries + BATCH];
        lengths = new int[entries + BATCH];
        immediates = new int[entries + BATCH];
    }

    /** Under the network's lock. */
    void put(long requestId, int status, int kind, int lengthBytes, int immediate) {
        // The last batch that was taken is still being read.
        if (count + BATCH >= requestIds.length) {
            isOverrun = true;
            return;
        }
        int at = (head + count++) % requestIds.length;
        requestIds[at] = requestId;
        statuses[at] = status;
        kinds[at] = kind;
        lengths[at] = lengthBytes;
        immediates[at] = immediate;
    }

    /** Under the network's lock. */
    void use(int by) {
        users += by;
    }

    @Override
    public int poll() throws IOException {
        synchronized (network) {
            if (isOverrun) {
                throw new IOException("a completion queue was overrun: entries=" + (requestIds.length - BATCH));
            }
            taken = Math.min(count, BATCH);
            head = (head + taken) % requestIds.length;
            count -= taken;
            return taken;
        }
    }

    @Override
    public long requestId(int index) {
        return requestIds[at(index)];
    }

    @Override
    public int status(int index) {
        return statuses[at(index)];
    }

    @Override
    public int kind(int index) {
        return kinds[at(index)];
    }

    @Override
    public int lengthBytes(int index) {
        return lengths[at(index)];
    }

    @Override
    public int immediate(int index) {
        return immediates[at(index)];
    }

    @Override
    public void close() {
        synchronized (network) {
            if (users > 0) {
                throw new IllegalStateException("a completion queue has queue pairs yet: count=" + users);
            }
        }
    }

    private int at(int index) {
        return Math.floorMod(head - taken + index, requestIds.length);
    }
}
