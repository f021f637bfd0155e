package dev.baton.transport.rdma.soft;

import java.io.IOException;

/** Completions, in order, up to a number; one more breaks it, as on a card. Taken in batches. Not thread-safe; allocates nothing. */
public final class CompletionRing {
    private static final int BATCH = 32;

    private final long[] requestIds;
    private final int[] statuses;
    private final int[] kinds;
    private final int[] lengths;
    private final int[] immediates;
    private int head;
    private int count;
    private int taken;
    private boolean isOverrun;

    public CompletionRing(int entries) {
        requestIds = new long[entries + BATCH];
        statuses = new int[entries + BATCH];
        kinds = new int[entries + BATCH];
        lengths = new int[entries + BATCH];
        immediates = new int[entries + BATCH];
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public void put(long requestId, int status, int kind, int lengthBytes, int immediate) {
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

    /** Takes a batch; index 0 to the result - 1 then name what was taken. */
    public int take() throws IOException {
        if (isOverrun) {
            throw new IOException("a completion queue was overrun: entries=" + (requestIds.length - BATCH));
        }
        taken = Math.min(count, BATCH);
        head = (head + taken) % requestIds.length;
        count -= taken;
        return taken;
    }

    public long requestId(int index) {
        return requestIds[at(index)];
    }

    public int status(int index) {
        return statuses[at(index)];
    }

    public int kind(int index) {
        return kinds[at(index)];
    }

    public int lengthBytes(int index) {
        return lengths[at(index)];
    }

    public int immediate(int index) {
        return immediates[at(index)];
    }

    private int at(int index) {
        return Math.floorMod(head - taken + index, requestIds.length);
    }
}
