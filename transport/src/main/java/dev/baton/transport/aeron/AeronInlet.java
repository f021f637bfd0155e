package dev.baton.transport.aeron;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.lane.FrameLander;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneSessions;
import dev.baton.transport.lane.Turns;
import io.aeron.Aeron;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;

/** The receiving end of Aeron lanes: one subscription, one lane an image. */
final class AeronInlet implements Inlet {
    private static final long RESOLVE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int FRAME_BYTES_MAX = AeronSettings.MTU_BYTES_MAX;

    private final InletContext context;
    private final String scheme;
    private final LaneSessions sessions;
    private final FrameLander lander;
    private final ConcurrentLinkedQueue<Image> arrivals = new ConcurrentLinkedQueue<>();
    private final List<Lane> lanes = new ArrayList<>();
    private final Subscription subscription;
    private final int port;
    private final Turns turns = new Turns();
    /** A session closed from within a listener's call leaves the list of lanes once nobody walks it. */
    private boolean isPolling;
    private boolean isClosed;

    /** One incoming lane; itself the handler of its fragments, so that nothing is made to read them. */
    private final class Lane implements FragmentHandler {
        private final InboundLane state = new InboundLane();
        private final Image image;

        Lane(Image image) {
            this.image = image;
        }

        @Override
        public void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
            if ((header.flags() & FrameDescriptor.UNFRAGMENTED) != FrameDescriptor.UNFRAGMENTED) {
                // No lane sends messages of several fragments, so nothing waits for the rest of one.
                context.listener().onBadFrame(state.sessionId(), context.lane(), "fragmented", false);
                return;
            }
            lander.onMessage(state, buffer, offset, length);
        }
    }

    AeronInlet(Aeron aeron, BulkChannels channels, TransportContext transport, InletContext context) {
        this.context = context;
        this.scheme = channels.isIpc() ? AeronTransport.SCHEME_IPC : AeronTransport.SCHEME;
        this.sessions = new LaneSessions(context.listener(), scheme, transport.isEncrypting());
        this.lander = new FrameLander(context, sessions, FRAME_BYTES_MAX, transport.copier());
        int askedPort = channels.isIpc() && context.port() == 0
            ? BulkChannels.portOf(transport.incarnation(), context.lane()) : context.port();
        // Images come on the client conductor's thread, and are taken over in the next poll.
        subscription = aeron.addSubscription(channels.subscription(context.host(), askedPort),
            channels.stream(askedPort), arrivals::add, _ -> {});
        port = channels.isIpc() || askedPort != 0 ? askedPort : resolvedPort(aeron);
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
                    lanes.remove(i);
                    turnAway(lane, "session closed");
                }
            }
        }
    }

    @Override
    public int poll(int byteLimit) {
        int workCount = 0;
        Image arrived;
        while ((arrived = arrivals.poll()) != null) {
            lanes.add(new Lane(arrived));
            turnAwayOldestStranger();
            workCount++;
        }
        int count = lanes.size();
        int shareBytes = byteLimit / Math.max(1, count);
        int first = turns.next(count);
        isPolling = true;
        try {
            for (int i = 0; i < count; i++) {
                Lane lane = lanes.get((i + first) % count);
                workCount += lane.image.poll(lane, Math.max(1, shareBytes / lane.image.mtuLength()));
            }
        } finally {
            isPolling = false;
        }
        for (int i = count - 1; i >= 0; i--) {
            workCount += dropIfEnded(i);
        }
        return workCount;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        for (Lane lane : lanes) {
            turnAway(lane, "receiver closed");
        }
        lanes.clear();
        subscription.close();
    }

    private int dropIfEnded(int index) {
        Lane lane = lanes.get(index);
        if (lane.state.isClosed()) {
            lanes.remove(index);
            turnAway(lane, "lane refused or closed");
            return 1;
        }
        if (lane.image.isEndOfStream() || lane.image.isClosed()) {
            lanes.remove(index);
            boolean wasOpen = lane.state.isOpen();
            lane.state.close();
            if (wasOpen) {
                context.listener().onLaneClosed(lane.state.sessionId(), context.lane());
            }
            return 1;
        }
        return 0;
    }

    private void turnAwayOldestStranger() {
        int strangerCount = 0;
        Lane oldest = null;
        for (int i = lanes.size() - 1; i >= 0; i--) {
            if (!lanes.get(i).state.isOpen()) {
                strangerCount++;
                oldest = lanes.get(i);
            }
        }
        // The oldest makes room, so that strangers cannot shut peers out.
        if (strangerCount > WireMaxima.STRANGER_LANES_MAX) {
            lanes.remove(oldest);
            turnAway(oldest, "never opened");
            context.listener().onBadFrame(0, context.lane(), "stranger", true);
        }
    }

    /** Nothing of this lane is read any more, and its sender is told at once instead of when it times out. */
    private static void turnAway(Lane lane, String reason) {
        lane.state.close();
        if (!lane.image.isClosed()) {
            lane.image.reject(reason);
        }
    }

    private int resolvedPort(Aeron aeron) {
        long startNs = System.nanoTime();
        while (true) {
            String channel = subscription.resolvedEndpoint();
            if (channel != null) {
                return Integer.parseInt(channel.substring(channel.lastIndexOf(':') + 1));
            }
            if (System.nanoTime() - startNs > RESOLVE_TIMEOUT_NS) {
                subscription.close();
                throw new IllegalStateException("media driver gave the lane no port: host=" + context.host() +
                    " lane=" + context.lane() + " timeoutNs=" + RESOLVE_TIMEOUT_NS);
            }
            if (aeron.conductorAgentInvoker() != null) {
                aeron.conductorAgentInvoker().invoke();
            }
            Thread.onSpinWait();
        }
    }
}
