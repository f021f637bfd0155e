package dev.baton.transport.rdma;

import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;

/**
 * What one lane has accepted and the card has not completed. Neighbouring writes become one request, of up to
 * {@link WriteRequest#PIECES_MAX} pieces, that is held back until something else comes or the lane is polled; only the
 * last request of such a batch tells that it, and so all before it, is done. Owned by the link's thread; allocates
 * nothing.
 */
final class WriteWindow {
    /** A request at least this often says that it is done, so that room comes back before all of it is used. */
    private static final int SILENT_MAX = 16;

    private final QueuePair queuePair;
    private final int writeBytesMax;
    private final int sendsMax;
    private final WriteRequest held = new WriteRequest();
    private final WriteRequest mark = new WriteRequest();
    private final long[] positionOfBatch;
    private final long[] bounceOfBatch;
    private final long[] postedOfBatch;
    private final int batchMask;
    private boolean isHolding;
    private int silentCount;
    private long batchCount;
    private long posted;
    private long postedDone;
    private long accepted;
    private long completed;
    private long bounceUsed;
    private long bounceDone;

    WriteWindow(QueuePair queuePair, int writeBytesMax, int sendsMax) {
        this.queuePair = queuePair;
        this.writeBytesMax = writeBytesMax;
        this.sendsMax = sendsMax;
        int batches = Integer.highestOneBit(sendsMax) * 2;
        positionOfBatch = new long[batches];
        bounceOfBatch = new long[batches];
        postedOfBatch = new long[batches];
        batchMask = batches - 1;
    }

    long accepted() {
        return accepted;
    }

    long completed() {
        return completed;
    }

    /** Bytes of bounce memory ever taken, skipped ends counted in. */
    long bounceUsed() {
        return bounceUsed;
    }

    long bounceDone() {
        return bounceDone;
    }

    void takeBounce(int lengthBytes) {
        bounceUsed += lengthBytes;
    }

    /** Whether two more requests fit: the one that is held back, and another behind it. */
    boolean hasRoom() {
        return posted - postedDone + 2 <= sendsMax;
    }

    boolean isIdle() {
        return posted == postedDone && !isHolding;
    }

    /** Accepts bytes; {@link #hasRoom()} must hold. */
    void write(long source, int lengthBytes, int key, long peerAddress, int peerKey) throws IOException {
        boolean isNeighbour = isHolding && held.peerKey() == peerKey
            && held.peerAddress() + held.lengthBytes() == peerAddress && held.lengthBytes() + lengthBytes <= writeBytesMax
            && held.takes(source, key);
        if (!isNeighbour) {
            if (isHolding) {
                postHeld(silentCount >= SILENT_MAX);
            }
            held.to(peerAddress, peerKey);
            isHolding = true;
        }
        held.add(source, lengthBytes, key);
        accepted += lengthBytes;
        if (held.lengthBytes() == writeBytesMax) {
            postHeld(true);
        }
    }

    /** Posts a small write that tells the peer, behind all that was accepted; its bytes are free at once. */
    void mark(long source, int lengthBytes, int key, long peerAddress, int peerKey, int immediate) throws IOException {
        if (isHolding) {
            postHeld(false);
        }
        post(mark.to(peerAddress, peerKey).add(source, lengthBytes, key).immediate(immediate).inline(), true);
    }

    /** Posts what is held back. Returns 1 if there was something. */
    int flush() throws IOException {
        if (!isHolding) {
            return 0;
        }
        postHeld(true);
        return 1;
    }

    /** Takes in that a request of this number, and all before it, are done. */
    void completed(long requestId) {
        int batch = (int) requestId & batchMask;
        completed = positionOfBatch[batch];
        bounceDone = bounceOfBatch[batch];
        postedDone = postedOfBatch[batch];
    }

    private void postHeld(boolean isTold) throws IOException {
        isHolding = false;
        post(held, isTold);
    }

    private void post(WriteRequest request, boolean isTold) throws IOException {
        posted++;
        silentCount++;
        if (isTold) {
            int batch = (int) batchCount & batchMask;
            positionOfBatch[batch] = accepted;
            bounceOfBatch[batch] = bounceUsed;
            postedOfBatch[batch] = posted;
            request.signaled().requestId(batchCount++);
            silentCount = 0;
        }
        queuePair.post(request);
    }
}
