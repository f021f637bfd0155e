package dev.baton.sim.fabric;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;

/**
 * One end of a connection between cards. A write's bytes are taken as it is posted. They land when they come out of the
 * conduit, or a while after the other end's card has said that it has them, if the other end still takes them; they fly
 * on after their process died or their queue pair broke, where the weather says so.
 */
final class CardQueuePair implements QueuePair, Conduit.Sink {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int WRITE_KIND = 1;
    private static final int LOCAL_PROTECTION_ERROR = 4;
    private static final int HEADER_BYTES = 64;
    /** So long a card sends again what is not acknowledged. */
    private static final long GIVE_UP_NS = 4_000_000_000L;
    private static final long LOST_COMPLETION_NS = 5_000_000_000L;

    @SuppressWarnings("ArrayRecordComponent")   // never compared as a value
    private record Posted(WriteRequest request, byte[] bytes) {}

    /** @param receive the request at the other end that its mark completes; of no meaning where it has none */
    private record Placing(Posted posted, long receive) {}

    private final Card card;
    private final Fabric fabric;
    private final CardQueue queue;
    private final int sendsMax;
    private final int inlineBytes;
    private final long[] receives;
    private final CardLink lane;
    private final String peerHost;
    private final Conduit conduit;
    /** Posted and not completed. */
    private final ArrayDeque<Posted> open = new ArrayDeque<>();
    /** At the other end, which is not ready for the first of them. */
    private final ArrayDeque<Posted> arrived = new ArrayDeque<>();
    /** Acknowledged by the other end's card, which has yet to place them. */
    private final ArrayDeque<Placing> placing = new ArrayDeque<>();
    private long placesAtNs;
    private CardQueuePair peer;
    private int receiveHead;
    private int receiveCount;
    /** Takes what the peer's card sends. */
    private boolean isTaking;
    private boolean isBroken;
    private boolean isDestroyed;
    private boolean isLeft;
    private boolean isZombie;
    private boolean isCompletionLost;

    CardQueuePair(Card card, CardQueue queue, int sendsMax, int receivesMax, String peerHost, CardLink lane, int inlineBytes) {
        this.card = card;
        this.fabric = card.process().fabric();
        this.queue = queue;
        this.sendsMax = sendsMax;
        this.inlineBytes = inlineBytes;
        this.lane = lane;
        this.peerHost = peerHost;
        receives = new long[receivesMax];
        conduit = new Conduit(fabric, card.process(), peerHost, false, this);
    }

    void connect(CardQueuePair other) {
        peer = other;
        isTaking = true;
    }

    /** A word of the connection itself, behind all that was posted. */
    void say(Runnable word) {
        conduit.send(word, HEADER_BYTES);
    }

    @Override
    public void post(WriteRequest write) throws IOException {
        if (peer == null) {
            throw new IOException("a queue pair is not connected yet");
        }
        if (open.size() >= sendsMax) {
            throw new IOException("a queue pair is full: sends=" + sendsMax);
        }
        if (write.isInline() && (write.lengthBytes() > inlineBytes || write.pieceCount() != 1)) {
            throw new IOException("too long to go inline: lengthBytes=" + write.lengthBytes());
        }
        Posted posted = new Posted(new WriteRequest().copyOf(write), new byte[write.lengthBytes()]);
        open.add(posted);
        if (isBroken) {
            flush(CompletionQueue.FLUSHED);
            return;
        }
        int at = 0;
        for (int i = 0; i < write.pieceCount(); i++) {
            if (!write.isInline() && !card.isAllowed(write.key(i), write.address(i), write.length(i), 0)) {
                fail(LOCAL_PROTECTION_ERROR);
                return;
            }
            MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, write.address(i), posted.bytes, at, write.length(i));
            at += write.length(i);
        }
        conduit.send(posted, HEADER_BYTES + at);
        if (lane != null && write.immediate() == WriteRequest.SILENT) {
            weather();
        }
    }

    private void weather() {
        Weather weather = fabric.weather();
        if (fabric.chance().happens(weather.lateRate)) {
            fabric.injected("late-write");
            conduit.stall(fabric.chance().between(1_000_000, weather.lateMaxNs));
        }
        if (fabric.chance().happens(weather.completionLostRate)) {
            fabric.injected("completion-lost");
            unacknowledged(LOST_COMPLETION_NS);
        }
        if (fabric.chance().happens(weather.breakRate)) {
            fabric.injected("lane-break");
            fail(CompletionQueue.RETRIES_EXCEEDED);
        }
    }

    @Override
    public void postReceive(long requestId) throws IOException {
        if (receiveCount == receives.length) {
            throw new IOException("a queue pair is full: receives=" + receives.length);
        }
        receives[(receiveHead + receiveCount++) % receives.length] = requestId;
        if (isBroken) {
            flush(CompletionQueue.FLUSHED);
        } else if (peer != null) {
            peer.carryOut();
        }
    }

    @Override
    public void onArrived(Object what) {
        if (what instanceof Posted posted) {
            arrived.add(posted);
            carryOut();
        } else {
            ((Runnable) what).run();
        }
    }

    @Override
    public boolean onBlocked(long forNs) {
        if (forNs < GIVE_UP_NS) {
            return false;
        }
        fail(CompletionQueue.RETRIES_EXCEEDED);
        return true;
    }

    private void carryOut() {
        while (!arrived.isEmpty()) {
            WriteRequest write = arrived.peek().request;
            if (!peer.isTaking) {
                arrived.clear();
                unacknowledged(GIVE_UP_NS);
            } else if (!peer.card.isAllowed(write.peerKey(), write.peerAddress(), write.lengthBytes(), Device.REMOTE_WRITE)) {
                arrived.clear();
                fail(CompletionQueue.REMOTE_ACCESS_ERROR);
                peer.breakDown();
            } else if (write.immediate() != WriteRequest.SILENT && peer.receiveCount == 0) {
                return;   // the card asks again until the receiver is ready
            } else {
                accept(arrived.poll());
            }
        }
    }

    /** The other end's card has it, and says so once it lies in memory, or before. */
    private void accept(Posted posted) {
        boolean isMark = posted.request.immediate() != WriteRequest.SILENT;
        Placing next = new Placing(posted, isMark ? peer.takeReceive() : 0);
        long nowNs = fabric.agenda().nowNs();
        if (lane != null && !isMark && fabric.chance().happens(fabric.weather().placedLateRate)) {
            fabric.injected("placed-late");
            placesAtNs = Math.max(placesAtNs, nowNs + fabric.chance().between(1_000, fabric.weather().placedLateMaxNs));
            fabric.agenda().at(placesAtNs, this::placeLate);
        }
        if (placesAtNs > nowNs || !placing.isEmpty()) {
            placing.add(next);
        } else {
            place(next, !isBroken && !card.process().isDead());
        }
        acknowledge(posted);
    }

    private long takeReceive() {
        receiveCount--;
        long receive = receives[receiveHead];
        receiveHead = (receiveHead + 1) % receives.length;
        return receive;
    }

    private void placeLate() {
        if (fabric.agenda().nowNs() < placesAtNs) {
            return;   // something behind it takes longer yet, and brings all along
        }
        while (!placing.isEmpty() && peer.mayPlace(placing.peek().posted.request)) {
            place(placing.poll(), false);
        }
        placing.clear();
    }

    /** What its card has acknowledged comes until it is destroyed, whoever has taken leave by then. */
    private boolean mayPlace(WriteRequest write) {
        return !isDestroyed && !card.process().isDead()
            && card.isAllowed(write.peerKey(), write.peerAddress(), write.lengthBytes(), Device.REMOTE_WRITE);
    }

    private void place(Placing next, boolean isSourceHeld) {
        WriteRequest write = next.posted.request;
        byte[] bytes = next.posted.bytes;
        boolean isData = lane != null && write.immediate() == WriteRequest.SILENT;
        if (isData) {
            lane.onLanding(write.peerAddress(), write.lengthBytes(), peer.card.process(), isSourceHeld);
        }
        MemorySegment.copy(bytes, 0, MEMORY, ValueLayout.JAVA_BYTE, write.peerAddress(), bytes.length);
        if (write.immediate() != WriteRequest.SILENT) {
            fabric.listener().onMoved(2, write.immediate());
            peer.queue.put(next.receive, CompletionQueue.SUCCESS, CompletionQueue.RECEIVED_IMMEDIATE, write.lengthBytes(), write.immediate());
        } else if (!isData) {
            peer.card.process().wake();   // a word in its memory, which no completion tells of
        }
    }

    private void acknowledge(Posted posted) {
        WriteRequest write = posted.request;
        if (fabric.blockedUntilNs(peerHost, card.process().host()) - fabric.agenda().nowNs() >= GIVE_UP_NS) {
            unacknowledged(GIVE_UP_NS);
        }
        if (!isCompletionLost && !isBroken) {
            open.remove(posted);
            if (write.isSignaled()) {
                queue.put(write.requestId(), CompletionQueue.SUCCESS, WRITE_KIND, write.lengthBytes(), 0);
            }
        }
    }

    /** From now on no acknowledgement comes; the card notices then. */
    private void unacknowledged(long noticedNs) {
        if (!isCompletionLost) {
            isCompletionLost = true;
            fabric.agenda().in(noticedNs, () -> fail(CompletionQueue.RETRIES_EXCEEDED));
        }
    }

    /** The first that is open failed, those behind it are flushed; the other end hears nothing of it. */
    private void fail(int status) {
        if (!isBroken) {
            partWithData();
            isBroken = true;
            flush(status);
        }
    }

    /** Gives everything back, and takes nothing more. */
    void breakDown() {
        fail(CompletionQueue.FLUSHED);
        isTaking = false;
    }

    /** It ends by this end's will, or with its process. */
    void leave() {
        breakDown();
    }

    /** It could not be destroyed: what is on its way to it lands yet. */
    void stay() {
        isTaking = true;
    }

    void destroy() {
        breakDown();
        isDestroyed = true;
        open.clear();
        receiveCount = 0;
    }

    /** What is on its way is lost, or flies on by itself. */
    private void partWithData() {
        if (!isLeft) {
            isLeft = true;
            isZombie = fabric.chance().happens(fabric.weather().zombieRate);
            if (isZombie && conduit.count() > 0) {
                fabric.injected("zombie-write");
            } else if (!isZombie) {
                conduit.cut();
                arrived.clear();
            }
        }
    }

    private void flush(int firstStatus) {
        int status = firstStatus;
        for (Posted posted; (posted = open.poll()) != null; status = CompletionQueue.FLUSHED) {
            queue.put(posted.request.requestId(), status, 0, 0, 0);
        }
        for (; receiveCount > 0; receiveCount--, receiveHead = (receiveHead + 1) % receives.length) {
            queue.put(receives[receiveHead], CompletionQueue.FLUSHED, 0, 0, 0);
        }
    }
}
