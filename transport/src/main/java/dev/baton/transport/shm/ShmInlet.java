package dev.baton.transport.shm;

import dev.baton.memory.Region;
import dev.baton.memory.RegionException;
import dev.baton.memory.Regions;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.FrameLander;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneSessions;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads marks that peers put into rings of this process, one ring a session. Bytes need no reading: they lie in place,
 * and whoever hears of the mark verifies them there.
 */
final class ShmInlet implements Inlet {
    /** Bounds one session's share of a poll: marks are verified in turn, and there may be many sessions. */
    private static final int FRAMES_PER_POLL_MAX = 16;

    private final TransportContext transport;
    private final InletContext context;
    private final SessionLocks locks;
    private final LaneSessions sessions;
    private final FrameLander lander;
    private final List<Lane> lanes = new ArrayList<>();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[MarkRing.FRAME_BYTES_MAX]);

    /** A session closed from within a listener's call keeps its mapping until its ring is no longer being read. */
    private boolean isPolling;

    /** One session's ring. */
    private static final class Lane {
        private final InboundLane state = new InboundLane();
        private final long sessionId;
        private final Region region;
        private final MarkRing ring;

        Lane(long sessionId, Region region) {
            this.sessionId = sessionId;
            this.region = region;
            this.ring = new MarkRing(region.address());
        }
    }

    ShmInlet(TransportContext transport, InletContext context, SessionLocks locks) {
        this.transport = transport;
        this.context = context;
        this.locks = locks;
        this.sessions = new LaneSessions(context.listener());
        // No Data frame can be right here: its bytes never follow it through the ring.
        this.lander = new FrameLander(context, sessions, 0, transport.copier());
    }

    @Override
    public String scheme() {
        return ShmTransport.SCHEME;
    }

    @Override
    public int lane() {
        return context.lane();
    }

    @Override
    public int port() {
        return 0;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        sessions.open(sessionId, tokenHigh, tokenLow);
        Region region;
        try {
            region = Regions.createFile(transport.ledger(), "transport.shm.ring",
                ShmFiles.ring(transport.sharedMemoryDir(), transport.incarnation(), sessionId, context.lane()),
                MarkRing.FILE_BYTES);
        } catch (RegionException | UncheckedIOException ex) {
            // No space, no descriptors, a file in the way: nobody on this session is given addresses of slabs; other lanes go on.
            sessions.close(sessionId);
            locks.withoutRing(sessionId, ex);
            return;
        }
        Lane lane = new Lane(sessionId, region);
        lane.ring.announce();
        lanes.add(lane);
    }

    @Override
    public void closeSession(long sessionId) {
        sessions.close(sessionId);
        for (int i = lanes.size() - 1; i >= 0; i--) {
            if (lanes.get(i).sessionId == sessionId) {
                lanes.get(i).state.close();
                if (!isPolling) {
                    drop(i);
                }
            }
        }
    }

    @Override
    public int poll(int byteLimit) {
        int workCount = 0;
        isPolling = true;
        try {
            for (int i = lanes.size() - 1; i >= 0; i--) {
                workCount += pollLane(i);
            }
        } finally {
            isPolling = false;
        }
        return workCount;
    }

    @Override
    public void close() {
        for (int i = lanes.size() - 1; i >= 0; i--) {
            sessions.close(lanes.get(i).sessionId);
            drop(i);
        }
    }

    private int pollLane(int index) {
        Lane lane = lanes.get(index);
        // Asked before the ring is read: a sender that left before then has nothing more behind what is read now.
        boolean isSenderGone = lane.ring.senderState() == MarkRing.CLOSED;
        int frameCount = 0;
        int lengthBytes;
        while (frameCount < FRAMES_PER_POLL_MAX && !lane.state.isClosed()
            && (lengthBytes = lane.ring.take(frame)) > 0) {
            frameCount++;
            boolean wasOpen = lane.state.isOpen();
            lander.onMessage(lane.state, frame, 0, lengthBytes);
            if (!wasOpen && lane.state.isOpen()) {
                lane.ring.receiverState(MarkRing.ACCEPTED);
            }
        }
        if (lane.state.isClosed()) {
            drop(index);
        } else if (frameCount == 0 && isSenderGone) {
            drop(index);
            context.listener().onLaneClosed(lane.sessionId, context.lane());
            frameCount = 1;
        }
        return frameCount;
    }

    private void drop(int index) {
        Lane lane = lanes.remove(index);
        lane.ring.receiverState(MarkRing.CLOSED);
        lane.region.close();
    }
}
