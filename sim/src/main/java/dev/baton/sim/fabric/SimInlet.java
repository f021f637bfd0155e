package dev.baton.sim.fabric;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.memory.Copier;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.FrameLander;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneSessions;

/** The receiving end of simulated lanes: what has arrived waits here until its data agent polls. */
final class SimInlet implements Inlet, LandingListener {
    /** The lane's end, behind everything on it. */
    record End() {}

    static final int FRAME_BYTES_MAX = 8 << 10;

    private record Arrival(SimLink link, Object what) {}

    private final SimProcess process;
    private final String scheme;
    private final InletContext context;
    private final int port;
    private final LandingListener agent;
    private final LaneSessions sessions;
    private final FrameLander lander;
    private final Region scratch;
    private final UnsafeBuffer scratchBuffer;
    private final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
    private final Map<SimLink, InboundLane> lanes = new LinkedHashMap<>();

    SimInlet(SimProcess process, String scheme, TransportContext transport, InletContext context, int port,
        Copier copier) {
        this.process = process;
        this.scheme = scheme;
        this.context = context;
        this.port = port;
        this.agent = context.listener();
        this.sessions = new LaneSessions(context.listener());
        this.lander = new FrameLander(new InletContext(context.lane(), context.host(), port, this,
            context.scratchBytes()), sessions, FRAME_BYTES_MAX, copier);
        this.scratch = Regions.anonymous(transport.ledger(), "sim.inlet", FRAME_BYTES_MAX);
        this.scratchBuffer = new UnsafeBuffer(scratch.address(), FRAME_BYTES_MAX);
        process.add(this);
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public int lane() {
        return context.lane();
    }

    @Override
    public int port() {
        return port;
    }

    /** From a lane: a frame, a mark, an opening or {@link End}. */
    void arrived(SimLink link, Object what) {
        arrivals.add(new Arrival(link, what));
        process.wake();
    }

    /** Whether one-sided writes of that session are still let through: its lane was not closed here. */
    boolean isOpen(long sessionId) {
        return sessions.isOpen(sessionId);
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        told(sessionId, "is expected");
        sessions.open(sessionId, tokenHigh, tokenLow);
    }

    @Override
    public void closeSession(long sessionId) {
        sessions.close(sessionId);
        for (Map.Entry<SimLink, InboundLane> lane : lanes.entrySet()) {
            if (lane.getValue().isOpen() && lane.getValue().sessionId() == sessionId) {
                lane.getValue().close();
                lane.getKey().onPeerClosed();
            }
        }
    }

    @Override
    public int poll(int byteLimit) {
        int count = 0;
        int bytes = 0;
        Arrival arrival;
        while (bytes < byteLimit && (arrival = arrivals.poll()) != null) {
            count++;
            InboundLane lane = lanes.get(arrival.link);
            if (lane == null) {
                lane = new InboundLane();
                lanes.put(arrival.link, lane);
            }
            bytes += land(arrival, lane);
            if (lane.isClosed()) {
                lanes.remove(arrival.link);
            }
        }
        return count;
    }

    private int land(Arrival arrival, InboundLane lane) {
        if (arrival.what instanceof End) {
            boolean wasOpen = lane.isOpen();
            long sessionId = lane.sessionId();
            lane.close();
            if (wasOpen) {
                process.fabric().listener().onMoved(3, sessionId);
                told(sessionId, "ends");
                agent.onLaneClosed(sessionId, context.lane());
            }
            return 0;
        }
        if (arrival.what instanceof LaneMark mark) {
            if (lane.isOpen()) {
                process.fabric().listener().onMoved(2, mark.seq());
                agent.onMark(mark.on(lane.sessionId(), context.lane()));
            }
            return 64;
        }
        if (arrival.what instanceof SimLink.Opening opening) {
            open(arrival.link, lane, opening);
            return 64;
        }
        byte[] frame = (byte[]) arrival.what;
        scratchBuffer.putBytes(0, frame);
        process.fabric().listener().onMoved(1, frame.length);
        if (!lander.onMessage(lane, scratchBuffer, 0, frame.length)) {
            arrival.link.onPeerClosed();
        }
        return frame.length;
    }

    /** A one-sided lane opens with its token as a two-sided one does. */
    private void open(SimLink link, InboundLane lane, SimLink.Opening opening) {
        String whyNot = lane.isClosed() ? "closed"
            : sessions.takeOrWhyNot(opening.sessionId(), opening.tokenHigh(), opening.tokenLow());
        if (whyNot == null) {
            lane.open(opening.sessionId());
            return;
        }
        lane.close();
        link.onPeerClosed();
        told(opening.sessionId(), "is refused: " + whyNot);
        agent.onBadFrame(opening.sessionId(), context.lane(), whyNot, true);
    }

    private void told(long sessionId, String what) {
        if (process.fabric().listener().isTold()) {
            process.fabric().listener().onLane(process, "inlet " + context.lane() + " session=" +
                Long.toHexString(sessionId) + " " + what);
        }
    }

    @Override
    public boolean admit(Placement frame) {
        boolean isAdmitted = agent.admit(frame);
        if (isAdmitted) {
            process.fabric().listener().onAdmitted(process, frame);
        }
        return isAdmitted;
    }

    @Override
    public void onLanded(Placement frame, int lengthBytes) {
        agent.onLanded(frame, lengthBytes);
    }

    @Override
    public void onMark(LaneMark mark) {
        process.fabric().listener().onMoved(2, mark.seq());
        agent.onMark(mark);
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        agent.onLaneClosed(sessionId, lane);
    }

    @Override
    public void onBadFrame(long sessionId, int lane, String reason, boolean isFatal) {
        told(sessionId, "bad frame: " + reason);
        agent.onBadFrame(sessionId, lane, reason, isFatal);
    }

    @Override
    public void close() {
        arrivals.clear();
        for (SimLink link : lanes.keySet()) {
            link.onPeerClosed();
        }
        lanes.clear();
        scratch.close();
    }
}
