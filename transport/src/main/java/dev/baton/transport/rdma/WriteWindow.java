package dev.baton.transport.rdma;

import dev.baton.platform.Canary;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;

/**
 * What one lane has accepted and the card has not completed. Neighbouring writes become one request, of up to
 * {@link WriteRequest#PIECES_MAX} pieces, that is held back until something else comes or the lane is polled; only the
 * last request of such a batch tells that it, and so all before it, is done. What is not done is remembered, so that it can
 * be posted again on another queue pair. Owned by the link's thread; allocates nothing.
 */
final class WriteWindow {
    /** A request at least this often says that it is done, so that room comes back before all of it is used. */
    private static final int SILENT_MAX = 16;
    private static final int NO_MARK = -1;

    /** How requests are named on the queue pair that they are posted on again. */
    interface Route {
        /** Sets the keys of a write's pieces, and of the slab that it goes to. */
        void rename(WriteRequest request, int slab) throws IOException;

        /** Makes it the write of that mark, the marks of the lane counted from 0. */
        void mark(WriteRequest request, long mark);
    }

    private final int writeBytesMax;
    private final int sendsMax;
    private final WriteRequest held = new WriteRequest();
    private final WriteRequest again = new WriteRequest();
    private final long[] positionOfBatch;
    private final long[] bounceOfBatch;
    private final long[] postedOfBatch;
    private final int batchMask;
    private final WriteRequest[] logged;
    private final int[] loggedSlab;
    private final long[] loggedMark;
    private QueuePair queuePair;
    private int heldSlab;
    private boolean isHolding;
    private int silentCount;
    private long batchCount;
    private long posted;
    private long postedDone;
    private long marksPosted;
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
        logged = new WriteRequest[sendsMax];
        for (int i = 0; i < sendsMax; i++) {
            logged[i] = new WriteRequest();
        }
        loggedSlab = new int[sendsMax];
        loggedMark = new long[sendsMax];
    }

    long accepted() {
        return accepted;
    }

    long completed() {
        return Canary.COMPLETE_WHEN_POSTED.isActive() ? accepted : completed;
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
    void write(long source, int lengthBytes, int key, long peerAddress, int peerKey, int slab) throws IOException {
        boolean isNeighbour = isHolding && heldSlab == slab
            && held.peerAddress() + held.lengthBytes() == peerAddress && held.lengthBytes() + lengthBytes <= writeBytesMax
            && held.takes(source, key);
        if (!isNeighbour) {
            if (isHolding) {
                postHeld(silentCount >= SILENT_MAX);
            }
            held.to(peerAddress, peerKey);
            heldSlab = slab;
            isHolding = true;
        }
        held.add(source, lengthBytes, key);
        accepted += lengthBytes;
        if (held.lengthBytes() == writeBytesMax) {
            postHeld(true);
        }
    }

    /** Posts a mark, the lane's marks counted from 0, behind all that was accepted. */
    void mark(WriteRequest request, long mark) throws IOException {
        if (isHolding) {
            postHeld(false);
        }
        post(request, true, 0, mark);
        marksPosted = mark + 1;
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

    /**
     * Goes on on another queue pair: what the peer has is done, the rest is posted again, in order. Writes that had arrived
     * come twice, with the same bytes; a peer that has read a mark has all before it, so nothing of that is written again.
     *
     * @param marksRead marks that the peer has read
     * @throws IOException if the peer's former card had acknowledged a mark that was never read: nobody can say what was lost with it
     */
    void resume(QueuePair other, long marksRead, Route route) throws IOException {
        if (firstMarkOpen() > marksRead) {
            throw new IOException("marks were acknowledged and never read: acknowledged=" + firstMarkOpen() + " read=" + marksRead);
        }
        queuePair = other;
        if (isHolding) {
            isHolding = false;
            log(held, true, heldSlab, NO_MARK);
        }
        for (long at = posted - 1; at >= postedDone; at--) {
            int index = (int) (at % sendsMax);
            if (loggedMark[index] != NO_MARK && loggedMark[index] < marksRead) {
                completed(logged[index].requestId());
                break;
            }
        }
        for (long at = postedDone; at < posted; at++) {
            int index = (int) (at % sendsMax);
            again.copyOf(logged[index]);
            if (loggedMark[index] == NO_MARK) {
                route.rename(again, loggedSlab[index]);
            } else {
                route.mark(again, loggedMark[index]);
                again.signaled().requestId(logged[index].requestId());
            }
            queuePair.post(again);
        }
    }

    /** The first mark that is not done. */
    private long firstMarkOpen() {
        for (long at = postedDone; at < posted; at++) {
            long mark = loggedMark[(int) (at % sendsMax)];
            if (mark != NO_MARK) {
                return mark;
            }
        }
        return marksPosted;
    }

    private void postHeld(boolean isTold) throws IOException {
        isHolding = false;
        post(held, isTold, heldSlab, NO_MARK);
    }

    private void post(WriteRequest request, boolean isTold, int slab, long mark) throws IOException {
        log(request, isTold, slab, mark);
        queuePair.post(request);
    }

    private void log(WriteRequest request, boolean isTold, int slab, long mark) {
        int index = (int) (posted % sendsMax);
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
        logged[index].copyOf(request);
        loggedSlab[index] = slab;
        loggedMark[index] = mark;
    }
}
