package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.platform.Canary;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.FrameLander;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneFrameAdapter;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneSessions;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Takes connections of peers, one a lane, and reads their marks. Bytes need no reading: the card has put them in place
 * before their mark completes. Completions are routed by their request's number alone.
 */
final class RdmaInlet implements Inlet, InletQueues.Listener {
    private static final System.Logger LOG = System.getLogger(RdmaInlet.class.getName());
    /** Completions of one device: room for the marks of so many lanes. */
    private static final int LANES_PER_DEVICE_MAX = 128;
    /** A look for events of connections is a system call, and costs more than all else of an idle poll. */
    private static final int EVENTS_MASK = 7;
    private static final int BACKLOG = 64;
    /** So often it looks in vain before it sleeps; connections are looked for between. */
    private static final int IDLE_POLLS = 32;
    private static final int SLEEP_MS = 1;
    private static final long NO_FORMER = -1;
    /** A sender notices that no answer comes within 4 s, and then dials anew. */
    private static final long COMES_AGAIN_NS = TimeUnit.SECONDS.toNanos(6);
    private static final String ANY = "0.0.0.0";
    private static final int TEMPLATE_OFFSET = 2;

    private final TransportContext transport;
    private final InletContext context;
    private final String scheme;
    private final RdmaSettings settings;
    private final OwnMemory memory;
    private final QueuePairFence fence;
    private final int inletIndex;
    private final List<String> rails;
    private final String rail;
    private final LaneSessions sessions;
    private final FrameLander lander;
    private final ConnectionChannel channel;
    private final ConnectionId listener;
    private final int port;
    private final InletQueues queues;
    private final List<ArrivingLane> lanes = new ArrayList<>();
    private final Long2ObjectHashMap<ArrivingLane> laneByNumber = new Long2ObjectHashMap<>();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[LaneSetup.SLOT_BYTES]);
    private long nextNumber = 1;
    private int pollCount;
    private int idleCount;
    private boolean isClosed;

    RdmaInlet(TransportContext transport, InletContext context, String scheme, Verbs verbs, RdmaSettings settings,
        List<String> rails, OwnMemory memory, QueuePairFence fence, int inletIndex) throws IOException {
        this.transport = transport;
        this.context = context;
        this.scheme = scheme;
        this.settings = settings;
        this.memory = memory;
        this.fence = fence;
        this.inletIndex = inletIndex;
        this.rails = rails;
        this.queues = new InletQueues(this, LANES_PER_DEVICE_MAX * (settings.markSlots() + 4));
        this.rail = rails.isEmpty() ? "" : rails.get(context.lane() % rails.size());
        this.sessions = new LaneSessions(context.listener());
        // No Data frame can be right here: bytes come without a frame.
        this.lander = new FrameLander(context, sessions, 0, transport.copier());
        this.channel = verbs.openChannel();
        this.listener = channel.createId();
        try {
            // On every device, so that a lane can come by another rail than its own.
            listener.listen(rails.isEmpty() ? context.host() : rails.size() == 1 ? rails.getFirst() : ANY, context.port(), BACKLOG);
            this.port = listener.port();
        } catch (IOException ex) {
            listener.destroy();
            channel.close();
            throw ex;
        }
        fence.inlet(inletIndex);
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

    @Override
    public String host() {
        return rail;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        sessions.open(sessionId, tokenHigh, tokenLow);
    }

    @Override
    public void closeSession(long sessionId) {
        sessions.close(sessionId);
        for (int i = lanes.size() - 1; i >= 0; i--) {
            ArrivingLane lane = lanes.get(i);
            if (lane.state.sessionId() == sessionId && !lane.state.isClosed()) {
                lane.state.close();
                drop(lane);
            }
        }
        fence.closed(sessionId, inletIndex);
    }

    @Override
    public int poll(int byteLimit) {
        if (isClosed) {
            return 0;
        }
        int workCount = 0;
        if ((pollCount++ & EVENTS_MASK) == 0) {
            workCount += pollEvents();
        }
        workCount += queues.poll() + serveLanes();
        idleCount = workCount == 0 ? idleCount + 1 : 0;
        if (transport.rdma().isEventDriven() && idleCount > IDLE_POLLS) {
            workCount += queues.rest(SLEEP_MS) + serveLanes();
        }
        return workCount;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        for (int i = lanes.size() - 1; i >= 0; i--) {
            ArrivingLane lane = lanes.get(i);
            sessions.close(lane.state.sessionId());
            lane.state.close();
            drop(lane);
        }
        try {
            listener.destroy();
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "a listener stays: port=" + port, ex);
        }
        queues.close();
        channel.close();
    }

    private int pollEvents() {
        int workCount = 0;
        try {
            int event;
            while ((event = channel.poll()) != ConnectionChannel.NONE) {
                workCount++;
                ConnectionId id = channel.id();
                switch (event) {
                    case ConnectionChannel.CONNECT_REQUEST -> onRequest(id, channel.privateData());
                    case ConnectionChannel.ESTABLISHED -> onEstablished(id);
                    default -> onOther(id, event);
                }
            }
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "events of connections cannot be read: lane=" + context.lane(), ex);
        }
        return workCount;
    }

    private void onRequest(ConnectionId id, ByteBuffer request) throws IOException {
        LaneSetup.Place inbox = LaneSetup.inboxOrNull(request);
        InboundLane state = new InboundLane();
        if (inbox == null) {
            context.listener().onBadFrame(0, context.lane(), "short", true);
            refuse(id);
            return;
        }
        long readBefore = 0;
        if (LaneSetup.isAgain(request)) {
            readBefore = giveUpFormer(request);
            if (readBefore < 0) {
                refuse(id);
                return;
            }
        }
        // Checked as any lane's first frame; one that is no LaneOpen is read whole, to say what is wrong with it.
        UnsafeBuffer bytes = LaneSetup.copyOf(request);
        boolean isOpen = bytes.getShort(TEMPLATE_OFFSET, LITTLE_ENDIAN) == LaneFrameAdapter.OPEN;
        lander.onMessage(state, bytes, 0, isOpen ? LaneFrameProxy.OPEN_BYTES : LaneSetup.REQUEST_BYTES);
        if (!state.isOpen()) {
            refuse(id);
            return;
        }
        try {
            if (lanes.size() >= LANES_PER_DEVICE_MAX) {
                throw new IOException("too many lanes at once: max=" + LANES_PER_DEVICE_MAX);
            }
            ArrivingLane lane = new ArrivingLane(transport.ledger(), nextNumber++, state, id, queues.of(id.device()), inbox,
                settings, readBefore);
            lanes.add(lane);
            laneByNumber.put(lane.number, lane);
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "a lane cannot be taken: sessionId=" + state.sessionId(), ex);
            refuse(id);
            state.close();
            context.listener().onLaneClosed(state.sessionId(), context.lane());
        }
    }

    /**
     * A lane that comes by another way than before: from here on nothing arrives by the former one.
     *
     * @return how many marks of it were read; negative where there is none that this sender may go on with
     */
    private long giveUpFormer(ByteBuffer request) {
        LaneFrameAdapter open = new LaneFrameAdapter(0);
        open.readOpen(LaneSetup.copyOf(request), 0);
        ArrivingLane former = null;
        for (int i = 0; i < lanes.size(); i++) {
            former = lanes.get(i).state.sessionId() == open.openSession() ? lanes.get(i) : former;
        }
        if (former == null || !sessions.giveBack(open.openSession(), open.openTokenHigh(), open.openTokenLow())) {
            return NO_FORMER;
        }
        // Of what arrived every mark is read before it is said how many were.
        queues.drain();
        if (former.state.isClosed()) {
            return NO_FORMER;   // a listener closed the session meanwhile
        }
        former.state.close();
        return drop(former) ? former.readCount() : NO_FORMER;
    }

    private static void refuse(ConnectionId id) throws IOException {
        id.reject(new byte[0]);
        id.destroy();
    }

    private void onEstablished(ConnectionId id) {
        ArrivingLane lane = laneOrNull(id);
        if (lane != null) {
            try {
                lane.tellSlabs(memory.on(id.device()));
            } catch (IOException ex) {
                LOG.log(System.Logger.Level.WARNING, "a lane ends: sessionId=" + lane.state.sessionId(), ex);
                lane.peerGone();
            }
        }
    }

    private void onOther(ConnectionId id, int event) {
        ArrivingLane lane = laneOrNull(id);
        if (lane != null && event != ConnectionChannel.TIMEWAIT_EXIT) {
            lane.peerGone();
        }
    }

    @Override
    public void onQueueBroken(IOException cause) {
        LOG.log(System.Logger.Level.ERROR, "completions cannot be read, so every lane of a device ends", cause);
        lanes.forEach(ArrivingLane::peerGone);
    }

    /** Of a lane that is gone meanwhile nothing is told. */
    @Override
    public void onCompletion(CompletionQueue queue, int index) throws IOException {
        ArrivingLane lane = laneByNumber.get(queue.requestId(index) >> ArrivingLane.LANE_SHIFT);
        if (lane == null || lane.state.isClosed()) {
            return;
        }
        if (queue.status(index) != CompletionQueue.SUCCESS) {
            lane.peerGone();
            return;
        }
        switch ((int) queue.requestId(index) & ArrivingLane.KIND_MASK) {
            case ArrivingLane.RECEIVE -> onMark(lane, queue.immediate(index), queue.lengthBytes(index));
            case ArrivingLane.CREDIT -> lane.creditArrived();
            default -> { }
        }
    }

    private void onMark(ArrivingLane lane, int slot, int lengthBytes) throws IOException {
        if (lane.isGoodbye(slot)) {
            return;
        }
        if (!lane.take(slot, lengthBytes, frame)) {
            context.listener().onBadFrame(lane.state.sessionId(), context.lane(), "length", false);
        } else {
            lander.onMessage(lane.state, frame, 0, lengthBytes);
        }
        if (!lane.state.isClosed()) {
            lane.read();
        }
    }

    /** Tells senders how far marks were read; ends lanes whose peer is gone, once no completion of theirs is left. */
    private int serveLanes() {
        int workCount = 0;
        for (int i = lanes.size() - 1; i >= 0; i--) {
            if (i >= lanes.size()) {
                continue;   // a listener closed sessions meanwhile
            }
            ArrivingLane lane = lanes.get(i);
            try {
                workCount += lane.tellCredit();
            } catch (IOException ex) {
                lane.peerGone();
            }
            if (lane.isLost()) {
                workCount += endIfLate(lane);
            } else if (lane.isPeerGone()) {
                // What lies in memory of what it sent has completed by now; one whole drain of the queues reads all of that.
                queues.drain();
                if (!lane.state.isClosed() && rails.size() > 1 && !lane.hasSaidGoodbye()) {
                    lose(lane);
                } else if (!lane.state.isClosed()) {
                    end(lane);
                }
                workCount++;
            }
        }
        return workCount;
    }

    /** Its sender may come by another rail: until then nothing arrives. */
    private void lose(ArrivingLane lane) {
        try {
            lane.destroyQueuePair();
            lane.lost(System.nanoTime());
        } catch (IOException ex) {
            end(lane);
        }
    }

    private int endIfLate(ArrivingLane lane) {
        if (System.nanoTime() - lane.lostNs() < COMES_AGAIN_NS) {
            return 0;
        }
        end(lane);
        return 1;
    }

    private void end(ArrivingLane lane) {
        lane.state.close();
        drop(lane);
        context.listener().onLaneClosed(lane.state.sessionId(), context.lane());
    }

    private ArrivingLane laneOrNull(ConnectionId id) {
        for (int i = 0; i < lanes.size(); i++) {
            if (lanes.get(i).isOf(id)) {
                return lanes.get(i);
            }
        }
        return null;
    }

    /** Where the queue pair stays, so does the session's fence: its extents are never free again. False then. */
    private boolean drop(ArrivingLane lane) {
        lanes.remove(lane);
        laneByNumber.remove(lane.number);
        if (Canary.QUEUE_PAIR_LEFT.isActive()) {
            return true;
        }
        try {
            lane.destroyQueuePair();
            lane.close();
            return true;
        } catch (IOException ex) {
            fence.failed(lane.state.sessionId());
            LOG.log(System.Logger.Level.ERROR, "a queue pair cannot be destroyed: sessionId=" + lane.state.sessionId(), ex);
            return false;
        }
    }
}
