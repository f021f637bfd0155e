package dev.baton.sim.fabric;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.node.ControlPath;
import dev.baton.transport.node.FrameSource;

/**
 * A path of control messages. Ordered and reliable, as an Aeron publication is, until a partition outlasts its image;
 * or raw: each message for itself, some lost, some doubled, some late.
 */
final class SimPath implements ControlPath, Conduit.Sink {
    private static final int WINDOW = 128;
    /** A blocked image lives so long. */
    private static final long IMAGE_LIVENESS_NS = 10_000_000_000L;

    private final SimProcess from;
    private final Fabric fabric;
    private final String toHost;
    private final String to;
    private final Conduit conduit;
    private FrameSource source;
    private SimProcess connected;
    private int waiting;
    private boolean isClosed;
    private String whyNot = "";

    SimPath(SimProcess from, String host, int port) {
        this.from = from;
        this.fabric = from.fabric();
        this.toHost = host;
        this.to = host + ":" + port;
        this.conduit = new Conduit(fabric, from, host, false, this);
        from.add(this);
    }

    @Override
    public long offer(DirectBuffer buffer, int offset, int length) {
        if (isClosed) {
            return CLOSED;
        }
        if (from.isDead()) {
            return ACCEPTED;   // nobody hears it
        }
        if (waiting >= WINDOW && !isReadAnew()) {
            return BACK_PRESSURED;
        }
        fabric.listener().onSaid(from, buffer, offset, length);
        byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        send(new UnsafeBuffer(bytes));
        return ACCEPTED;
    }

    /** Another process is there than the one that took nothing more: it has a window of its own. */
    private boolean isReadAnew() {
        SimProcess target = fabric.atOrNull(to);
        if (target == null || target == connected) {
            return false;
        }
        waiting = conduit.count();
        return waiting < WINDOW;
    }

    private void send(UnsafeBuffer message) {
        Weather weather = fabric.weather();
        waiting++;
        if (!weather.isRaw || fabric.isOrderly(from.host(), toHost)) {
            conduit.send(message, message.capacity());
            return;
        }
        fabric.injected("raw-control");
        if (fabric.chance().happens(weather.lossRate)) {
            fabric.injected("loss");
            waiting--;
            return;
        }
        sendRaw(message);
        if (fabric.chance().happens(weather.duplicateRate)) {
            fabric.injected("duplicate");
            waiting++;
            sendRaw(message);
        }
    }

    private void sendRaw(UnsafeBuffer message) {
        long delayNs = fabric.delayNs();
        if (fabric.chance().happens(fabric.weather().rawReorderRate)) {
            fabric.injected("reorder");
            delayNs += fabric.chance().between(0, fabric.weather().rawDelayMaxNs);
        }
        fabric.agenda().in(delayNs, () -> {
            if (fabric.blockedUntilNs(from.host(), toHost) <= fabric.agenda().nowNs()) {
                onArrived(message);
            } else {
                waiting--;
            }
        });
    }

    @Override
    public void onArrived(Object what) {
        if (what instanceof SimInlet.End) {
            endSource();
            return;
        }
        SimProcess target = fabric.atOrNull(to);
        if (target == null) {
            return;   // packets to nobody; the window fills with them
        }
        if (target != connected) {
            connected = target;
            source = new FrameSource(from.host());
            waiting = conduit.count() + 1;
        }
        if (waiting >= WINDOW) {
            from.wake();
        }
        waiting = Math.max(0, waiting - 1);
        target.medium().arrived(source, (UnsafeBuffer) what);
    }

    @Override
    public boolean onBlocked(long forNs) {
        if (forNs < IMAGE_LIVENESS_NS) {
            return false;
        }
        fabric.injected("image-lost");
        conduit.cut();
        waiting = 0;
        endSource();
        return true;
    }

    /** What was on its way is lost, and nothing can be sent any more. */
    void lose(String why) {
        conduit.cut();
        isClosed = true;
        whyNot = why;
        endSource();
    }

    private void endSource() {
        if (connected != null && !connected.isDead() && source != null) {
            connected.medium().gone(source);
        }
        connected = null;
        source = null;
    }

    @Override
    public boolean isClosed() {
        return isClosed;
    }

    @Override
    public String whyNot() {
        return !whyNot.isEmpty() ? whyNot : connected == null ? "nobody listens at " + to : "";
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            from.remove(this);
            if (!from.isDead()) {
                conduit.send(new SimInlet.End(), 0);
            }
        }
    }
}
