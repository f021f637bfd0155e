package dev.baton.transport.rdma.shared;

import dev.baton.memory.Region;
import dev.baton.transport.rdma.soft.SendRing;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One end of a connection. Writes are carried out in order, each whole, by the poster's thread: as they are posted, or when
 * it polls the queue. Once broken it carries out nothing and gives everything back as flushed. Owned by its queue's thread.
 */
final class SharedQueuePair implements QueuePair {
    private static final int WRITE_KIND = 1;
    private static final int LOCAL_PROTECTION_ERROR = 4;
    /** Not a status: the receiver is not ready, and the card asks again until it is. */
    private static final int LATER = -1;
    private static final long DESTROY_NS = TimeUnit.SECONDS.toNanos(1);

    private final SharedDevice device;
    private final SharedQueue queue;
    private final SendRing sends;
    private final long[] receives;
    private final long number;
    private final Region region;
    private final PairBlock own;
    private int receiveHead;
    private int receiveCount;
    private long taken;
    private PeerPair peer;
    private boolean isBroken;
    private boolean isDestroyed;

    SharedQueuePair(SharedDevice device, SharedQueue queue, int sendsMax, int receivesMax, int inlineBytes) {
        this.device = device;
        this.queue = queue;
        sends = new SendRing(sendsMax, inlineBytes);
        receives = new long[receivesMax];
        number = device.verbs().newFileNumber();
        region = device.verbs().create(device.verbs().ledger(), "transport.rdma-sim.pair", number,
            PairBlock.lengthBytes(receivesMax));
        own = PairBlock.make(region, receivesMax);
        queue.add(this);
        device.verbs().faults().queuePairs(1);
    }

    /** The file of this end's half. */
    long number() {
        return number;
    }

    int lengthBytes() {
        return (int) region.lengthBytes();
    }

    void connect(PeerPair other) {
        peer = other;
    }

    @Override
    public void post(WriteRequest write) throws IOException {
        if (peer == null && !isBroken) {
            throw new IOException("a queue pair is not connected yet");
        }
        sends.add(write);
        deliver();
    }

    @Override
    public void postReceive(long requestId) throws IOException {
        if (receiveCount == receives.length) {
            throw new IOException("a queue pair is full: receives=" + receives.length);
        }
        receives[(receiveHead + receiveCount++) % receives.length] = requestId;
        own.ready();
        if (isBroken) {
            flush();
        }
    }

    /** Takes in what the peer wrote, and carries out what nothing holds. */
    void progress() throws IOException {
        if (!isBroken) {
            takeArrivals();
            if (!own.isReady()) {
                breakDown();
            }
        }
        if (!sends.isEmpty()) {
            deliver();
        }
    }

    /** Nothing of the peer's lands from here on, but for a write that is being carried out; everything comes back. */
    void breakDown() {
        if (!isBroken) {
            isBroken = true;
            own.over();
            takeArrivals();
        }
        flush();
    }

    /**
     * From its return on nothing of the peer's lands.
     *
     * @param isPeerDead whether the peer's process is known to be gone: its stores went with it
     * @throws IOException if the peer stands still in the middle of a write; the queue pair is there yet
     */
    void destroy(BooleanSupplier isPeerDead) throws IOException {
        isBroken = true;
        own.over();
        long startNs = System.nanoTime();
        while (own.isBusy() && !isPeerDead.getAsBoolean()) {
            if (System.nanoTime() - startNs > DESTROY_NS) {
                throw new IOException("the peer is in the middle of a write: waitedMs=" + DESTROY_NS / 1_000_000);
            }
            Thread.onSpinWait();
        }
        if (isDestroyed) {
            return;
        }
        isDestroyed = true;
        sends.clear();
        queue.remove(this);
        if (peer != null) {
            peer.close();
        }
        region.close();
        device.verbs().faults().queuePairs(-1);
    }

    private void deliver() throws IOException {
        while (!sends.isEmpty() && !isBroken && !device.verbs().faults().isHeld()) {
            WriteRequest write = sends.first();
            int status = carryOut(write);
            if (status == LATER) {
                return;
            }
            if (status != CompletionQueue.SUCCESS || write.isSignaled()) {
                queue.put(write.requestId(), status, WRITE_KIND, write.lengthBytes(), 0);
            }
            sends.remove();
            if (status != CompletionQueue.SUCCESS) {
                // A failed request is told whether it was to be told or not; those behind it are flushed.
                breakDown();
            }
        }
        if (isBroken) {
            flush();
        }
    }

    private int carryOut(WriteRequest write) throws IOException {
        if (device.verbs().faults().isDown(device.index()) || peer == null) {
            return CompletionQueue.RETRIES_EXCEEDED;
        }
        for (int i = 0; i < write.pieceCount() && !write.isInline(); i++) {
            if (!device.isReadable(write.key(i), write.address(i), write.length(i))) {
                return LOCAL_PROTECTION_ERROR;
            }
        }
        // Before it says that it is at it: the first write to a slab maps that, which takes a while.
        long to = peer.addressOf(write.peerKey(), write.peerAddress(), write.lengthBytes());
        PairBlock block = peer.block();
        block.enter();
        try {
            if (!block.isReady()) {
                return CompletionQueue.RETRIES_EXCEEDED;
            }
            if (to == 0) {
                block.over();
                return CompletionQueue.REMOTE_ACCESS_ERROR;
            }
            if (write.immediate() != WriteRequest.SILENT && !block.hasReceive()) {
                return LATER;
            }
            for (int i = 0; i < write.pieceCount(); i++) {
                device.verbs().copier().copy(sends.sourceOfFirst(i), to, write.length(i));
                to += write.length(i);
            }
            if (write.immediate() != WriteRequest.SILENT) {
                block.arrive(write.immediate(), write.lengthBytes());
            }
            // Where the peer broke off meanwhile it may not have looked: nobody may believe that it did.
            return block.isReady() && !device.verbs().faults().isDeaf() ? CompletionQueue.SUCCESS : CompletionQueue.RETRIES_EXCEEDED;
        } finally {
            block.leave();
        }
    }

    private void takeArrivals() {
        long arrived = own.arrived();
        while (taken < arrived && receiveCount > 0) {
            long receive = receives[receiveHead];
            receiveHead = (receiveHead + 1) % receives.length;
            receiveCount--;
            queue.put(receive, CompletionQueue.SUCCESS, CompletionQueue.RECEIVED_IMMEDIATE, own.lengthBytes(taken),
                own.immediate(taken));
            taken++;
        }
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
