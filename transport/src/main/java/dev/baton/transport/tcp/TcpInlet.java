package dev.baton.transport.tcp;

import dev.baton.memory.Copier;
import dev.baton.memory.RunCodec;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.LandingListener;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.lane.LaneSessions;
import dev.baton.transport.lane.Turns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Accepts connections and lands what they carry, each in its turn. */
final class TcpInlet implements Inlet {
    private final InletContext context;
    private final TcpSettings settings;
    private final Copier copier;
    private final RunCodec.Provider codecOrNull;
    private final LaneSessions sessions;
    private final AddressWindows windows = new AddressWindows();
    private final ByteBuffer scratch;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final int port;
    private final List<TcpLane> lanes = new ArrayList<>();
    private final List<TcpLane> ready = new ArrayList<>();
    private final Consumer<SelectionKey> onReady = this::onReady;
    private final Turns turns = new Turns();
    private boolean hasCaller;
    private boolean isClosed;

    /** @param codecOrNull what frames are decoded by */
    TcpInlet(TransportContext transport, InletContext context, TcpSettings settings, RunCodec.Provider codecOrNull) {
        this.codecOrNull = codecOrNull;
        this.context = context;
        this.sessions = new LaneSessions(context.listener(), TcpTransport.SCHEME, transport.isEncrypting());
        this.settings = settings;
        this.copier = transport.copier();
        this.scratch = ByteBuffer.allocateDirect(context.scratchBytes());
        try {
            selector = Selector.open();
            server = ServerSocketChannel.open();
            if (settings.socketBufferBytes() > 0) {
                // Before it is bound: accepted sockets inherit it, and the window's scale is settled at the handshake.
                server.setOption(StandardSocketOptions.SO_RCVBUF, settings.socketBufferBytes());
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("socket cannot be made", ex);
        }
        try {
            server.configureBlocking(false);
            server.bind(new InetSocketAddress(context.host(), context.port()));
            server.register(selector, SelectionKey.OP_ACCEPT);
            port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        } catch (IOException ex) {
            closeSockets();
            throw new UncheckedIOException(
                "port cannot be bound: host=" + context.host() + " port=" + context.port() + " lane=" + context.lane(),
                ex);
        }
    }

    @Override
    public String scheme() {
        return codecOrNull == null ? TcpTransport.SCHEME : TcpTransport.LOSSLESS_SCHEME;
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
            TcpLane lane = lanes.get(i);
            if (lane.state().isOpen() && lane.state().sessionId() == sessionId) {
                lanes.remove(i).close();
            }
        }
    }

    @Override
    public int poll(int byteLimit) {
        if (isClosed) {
            return 0;
        }
        select();
        int workCount = hasCaller ? accept() : 0;
        int count = ready.size();
        int shareBytes = Math.max(1, byteLimit / Math.max(1, count));
        int first = turns.next(count);
        for (int i = 0; i < count; i++) {
            TcpLane lane = ready.get((i + first) % count);
            if (!lane.state().isClosed()) {
                workCount += lane.land(shareBytes);
            }
            if (lane.state().isClosed()) {
                lanes.remove(lane);
            }
        }
        ready.clear();
        return workCount;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        for (TcpLane lane : lanes) {
            lane.close();
        }
        lanes.clear();
        closeSockets();
    }

    LandingListener listener() {
        return context.listener();
    }

    LaneSessions sessions() {
        return sessions;
    }

    /** Null where bytes come as they are. */
    RunCodec.Provider codecOrNull() {
        return codecOrNull;
    }

    Copier copier() {
        return copier;
    }

    AddressWindows windows() {
        return windows;
    }

    ByteBuffer scratch() {
        return scratch;
    }

    int readBytesMax() {
        return settings.readBytesMax();
    }

    private void select() {
        try {
            selector.selectNow(onReady);
        } catch (IOException ex) {
            throw new UncheckedIOException("sockets cannot be asked: port=" + port, ex);
        }
    }

    private void onReady(SelectionKey key) {
        if (key.attachment() instanceof TcpLane lane) {
            ready.add(lane);
        } else {
            hasCaller = true;
        }
    }

    private int accept() {
        hasCaller = false;
        int acceptedCount = 0;
        try {
            SocketChannel channel;
            while ((channel = server.accept()) != null) {
                acceptedCount++;
                channel.configureBlocking(false);
                TcpLane lane = new TcpLane(channel, this);
                channel.register(selector, SelectionKey.OP_READ, lane);
                lanes.add(lane);
                closeOldestStranger();
            }
        } catch (IOException ex) {
            // The caller went away, or descriptors ran out: the peer sees no lane and tries again, the others go on.
            context.listener().onBadFrame(0, context.lane(), "accept", true);
        }
        return acceptedCount;
    }

    private void closeOldestStranger() {
        int strangerCount = 0;
        TcpLane oldest = null;
        for (int i = lanes.size() - 1; i >= 0; i--) {
            if (!lanes.get(i).state().isOpen()) {
                strangerCount++;
                oldest = lanes.get(i);
            }
        }
        // The oldest makes room, so that strangers cannot shut peers out.
        if (strangerCount > WireMaxima.STRANGER_LANES_MAX) {
            lanes.remove(oldest);
            oldest.close();
            context.listener().onBadFrame(0, context.lane(), "stranger", true);
        }
    }

    private void closeSockets() {
        try (selector) {
            server.close();
        } catch (IOException ex) {
            throw new UncheckedIOException("port cannot be closed: port=" + context.port(), ex);
        }
    }
}
