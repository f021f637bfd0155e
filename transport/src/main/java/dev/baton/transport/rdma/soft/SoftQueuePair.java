package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * One end of a connection. Writes are carried out in order, each whole, by whoever lets them go on: the poster, or the one
 * who took away what held them. Once broken it carries out nothing and gives everything back as flushed.
 */
final class SoftQueuePair implements QueuePair {
    private static final int WRITE_KIND = 1;
    private static final int LOCAL_PROTECTION_ERROR = 4;

    private final SoftNetwork network;
    private final SoftQueue queue;
    private final SendRing sends;
    private final long[] receives;
    private int receiveHead;
    private int receiveCount;
    private SoftQueuePair peer;
    private boolean isConnected;
    private boolean isBroken;

    SoftQueuePair(SoftNetwork network, SoftQueue queue, int sendsMax, int receivesMax, int inlineBytes) {
        this.network = network;
        this.queue = queue;
        sends = new SendRing(sendsMax, inlineBytes);
        receives = new long[receivesMax];
        queue.use(1);
        network.add(this);
    }

    /** Under the network's lock. */
    void connect(SoftQueuePair other) {
        peer = other;
        isConnected = true;
    }

    @Override
    public void post(WriteRequest write) throws IOException {
        synchronized (network) {
            if (!isConnected && !isBroken) {
                throw new IOException("a queue pair is not connected yet");
            }
            sends.add(write);
            deliver();
        }
    }

    @Override
    public void postReceive(long requestId) throws IOException {
        synchronized (network) {
            if (receiveCount == receives.length) {
                throw new IOException("a queue pair is full: receives=" + receives.length);
            }
            receives[(receiveHead + receiveCount++) % receives.length] = requestId;
            if (isBroken) {
                flush();
            } else if (peer != null) {
                peer.deliver();
            }
        }
    }

    /** Carries out what nothing holds. Under the network's lock. */
    void deliver() {
        while (!sends.isEmpty() && !isBroken && !network.isHeld()) {
            WriteRequest write = sends.first();
            if (network.isDown() || peer == null || peer.isBroken) {
                fail(write, CompletionQueue.RETRIES_EXCEEDED);
            } else if (!isReadable(write)) {
                fail(write, LOCAL_PROTECTION_ERROR);
            } else if (!network.isAllowed(write.peerKey(), write.peerAddress(), write.lengthBytes(), Device.REMOTE_WRITE)) {
                SoftQueuePair other = peer;
                fail(write, CompletionQueue.REMOTE_ACCESS_ERROR);
                other.breakDown();
            } else if (write.immediate() != WriteRequest.SILENT && peer.receiveCount == 0) {
                return;   // the receiver is not ready; the card asks again until it is
            } else {
                carryOut(write);
                sends.remove();
            }
        }
        if (isBroken) {
            flush();
        }
    }

    /** Gives everything back. Under the network's lock. */
    void breakDown() {
        isBroken = true;
        flush();
    }

    /** From here on nothing arrives; the peer learns it by its own writes. Under the network's lock. */
    void destroy() {
        isBroken = true;
        sends.clear();
        receiveCount = 0;
        queue.use(-1);
        network.remove(this);
    }

    private void carryOut(WriteRequest write) {
        long to = write.peerAddress();
        for (int i = 0; i < write.pieceCount(); i++) {
            MemorySegment.copy(SoftNetwork.MEMORY, sends.sourceOfFirst(i), SoftNetwork.MEMORY, to, write.length(i));
            to += write.length(i);
        }
        if (write.immediate() != WriteRequest.SILENT) {
            long receive = peer.receives[peer.receiveHead];
            peer.receiveHead = (peer.receiveHead + 1) % peer.receives.length;
            peer.receiveCount--;
            peer.queue.put(receive, CompletionQueue.SUCCESS, CompletionQueue.RECEIVED_IMMEDIATE, write.lengthBytes(),
                write.immediate());
        }
        if (write.isSignaled()) {
            queue.put(write.requestId(), CompletionQueue.SUCCESS, WRITE_KIND, write.lengthBytes(), 0);
        }
    }

    private boolean isReadable(WriteRequest write) {
        for (int i = 0; i < write.pieceCount() && !write.isInline(); i++) {
            if (!network.isAllowed(write.key(i), write.address(i), write.length(i), 0)) {
                return false;
            }
        }
        return true;
    }

    /** A failed request is told whether it was to be told or not; those behind it are flushed. */
    private void fail(WriteRequest write, int status) {
        queue.put(write.requestId(), status, 0, 0, 0);
        sends.remove();
        isBroken = true;
    }

    private void flush() {
        for (; !sends.isEmpty(); sends.remove()) {
            queue.put(sends.first().requestId(), CompletionQueue.FLUSHED, 0, 0, 0);
        }
        for (; receiveCount > 0; receiveCount--, receiveHead = (receiveHead + 1) % receives.length) {
            queue.put(receives[receiveHead], CompletionQueue.FLUSHED, 0, 0, 0);
        }
    }
}
