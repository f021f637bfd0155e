package dev.baton.transport.loopback;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.FrameLander;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneSessions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;

/** The receiving end of loopback lanes. */
final class LoopbackInlet implements Inlet {
    private final LoopbackNetwork network;
    private final InletContext context;
    private final LaneSessions sessions;
    private final FrameLander lander;
    private final ConcurrentLinkedQueue<LoopbackQueue> arrivals = new ConcurrentLinkedQueue<>();
    private final List<Lane> lanes = new ArrayList<>();
    private final int port;
    private volatile boolean isCutAsked;
    /** A session closed from within a listener's call keeps its queue until that is no longer being read. */
    private boolean isPolling;

    /** One incoming lane; itself the handler of its frames, so that nothing is made to read them. */
    private final class Lane implements MessageHandler {
        private final InboundLane state = new InboundLane();
        private final LoopbackQueue queue;

        Lane(LoopbackQueue queue) {
            this.queue = queue;
        }

        @Override
        public void onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
            lander.onMessage(state, buffer, index, length);
        }
    }

    LoopbackInlet(LoopbackNetwork network, TransportContext transport, InletContext context) {
        this.network = network;
        this.context = context;
        this.sessions = new LaneSessions(context.listener());
        this.lander = new FrameLander(context, sessions, network.queueBytes(), transport.copier());
        this.port = network.listen(this, context.port());
    }

    @Override
    public String scheme() {
        return LoopbackTransport.SCHEME;
    }

    @Override
    public int lane() {
        return context.lane();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        sessions.open(sessionId, tokenHigh, tokenLow);
    }

    @Override
    public void closeSession(long sessionId) {
        sessions.close(sessionId);
        for (int i = lanes.size() - 1; i >= 0; i--) {
            Lane lane = lanes.get(i);
            if (lane.state.isOpen() && lane.state.sessionId() == sessionId) {
                lane.state.close();
                if (!isPolling) {
                    drop(i);
                }
            }
        }
    }

    @Override
    public int poll(int byteLimit) {
        int workCount = 0;
        LoopbackQueue arrived;
        while ((arrived = arrivals.poll()) != null) {
            lanes.add(new Lane(arrived));
            workCount++;
        }
        if (isCutAsked) {
            isCutAsked = false;
            for (int i = 0; i < lanes.size(); i++) {
                lanes.get(i).queue.cut();
            }
        }
        int framesMax = Math.max(1, byteLimit / (network.queueBytes() / Byte.SIZE));
        isPolling = true;
        try {
            for (int i = lanes.size() - 1; i >= 0; i--) {
                workCount += poll(i, framesMax);
            }
        } finally {
            isPolling = false;
        }
        return workCount;
    }

    @Override
    public void close() {
        network.leave(port);
        LoopbackQueue arrived;
        while ((arrived = arrivals.poll()) != null) {
            arrived.receiverLeaves();
        }
        for (int i = lanes.size() - 1; i >= 0; i--) {
            drop(i);
        }
    }

    /** From any thread: a sender's new lane. */
    void arrive(LoopbackQueue queue) {
        arrivals.add(queue);
    }

    /** From any thread. */
    void cut() {
        isCutAsked = true;
    }

    private int poll(int index, int framesMax) {
        Lane lane = lanes.get(index);
        if (lane.queue.isCut()) {
            return lost(index);
        }
        // Asked before the queue is read: a sender that left before then has nothing more behind what is read now.
        boolean isSenderGone = lane.queue.isSenderGone();
        int frameCount = lane.queue.ring().read(lane, framesMax);
        if (lane.state.isClosed()) {
            drop(index);
        } else if (frameCount == 0 && isSenderGone) {
            return lost(index);
        }
        return frameCount;
    }

    private int lost(int index) {
        InboundLane state = lanes.get(index).state;
        drop(index);
        if (state.isOpen()) {
            context.listener().onLaneClosed(state.sessionId(), context.lane());
        }
        return 1;
    }

    private void drop(int index) {
        lanes.remove(index).queue.receiverLeaves();
    }
}
