package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.platform.Require;
import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.HelloAckDecoder;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloDoneDecoder;
import dev.baton.transport.wire.HelloRefusedDecoder;
import dev.baton.transport.wire.KeepAliveDecoder;
import dev.baton.transport.wire.MessageCheck;
import dev.baton.transport.wire.PieceDecoder;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatsRequestDecoder;

/**
 * The control plane over whatever carries its messages. Checks each message in the protocol's order before use, keeps
 * sessions alive, ends lost ones, and hands the rest to its listeners. Bad input is counted and dropped, never thrown;
 * what a listener throws comes out of {@link #poll}. Belongs to the control agent's thread; allocates nothing per
 * message once warm.
 */
final class ControlHub implements ControlPlane, FrameListener, Handshake.SessionEvents {
    private static final int FRAGMENTS_PER_CYCLE_MAX = 256;
    private static final long TIMER_INTERVAL_NS = MILLISECONDS.toNanos(20);
    private static final long PAUSE_NS = SECONDS.toNanos(1);

    private final ControlContext context;
    private final ControlMedium medium;
    private final ControlCounters counters = new ControlCounters();
    private final CycleTime time = new CycleTime();
    private final SessionTable sessions = new SessionTable();
    private final HelloCodec codec = new HelloCodec();
    private final Credentials credentials;
    private final MessageGate gate;
    private final Handshake handshake;
    private final KeepAlive keepAlive;
    private final StaleAnswers staleAnswers;
    private final SessionListeners sessionListeners = new SessionListeners();
    private final List<MessageListener> messageListeners = new ArrayList<>();
    private final UnsafeBuffer frame = new UnsafeBuffer(0, 0);
    private final GoodbyeDecoder goodbye = new GoodbyeDecoder();
    private final StaleDecoder stale = new StaleDecoder();
    private final PieceDecoder piece = new PieceDecoder();
    private Supplier<String> statsSource = () -> "{}";
    private RuntimeException listenerFailure;
    private long nextTimerNs;
    private boolean hasPolled;
    private boolean isClosed;

    ControlHub(ControlContext context, ControlMedium medium) {
        this.context = context;
        this.medium = medium;
        credentials = new Credentials(context.secret(), context.random());
        gate = new MessageGate(sessions, credentials.sealer(), credentials.handshakeKeyOrNull());
        handshake = new Handshake(context, medium, sessions, time, counters, codec, credentials, this);
        keepAlive = new KeepAlive(context, sessions, codec);
        staleAnswers = new StaleAnswers(context, sessions, time, counters, codec, credentials);
        int helloLength = codec.hello(0, context.identity(), 1, 1, 0, 0);
        Require.that(helloLength <= Frames.LENGTH_MAX, "identity", helloLength + " bytes", "at most 64 KiB in HELLO");
    }

    @Override
    public int poll(long nowNs) {
        boolean wasPaused = hasPolled && nowNs - time.nowNs > PAUSE_NS;
        if (!hasPolled) {
            hasPolled = true;
            nextTimerNs = nowNs;
            staleAnswers.begin(nowNs);
        }
        time.nowNs = nowNs;
        int workCount = medium.poll(this, FRAGMENTS_PER_CYCLE_MAX);
        for (int i = 0; i < sessions.size(); i++) {
            workCount += sessions.at(i).drainOutbox();
        }
        workCount += handshake.poll();
        if (nextTimerNs - nowNs <= 0) {
            nextTimerNs = nowNs + TIMER_INTERVAL_NS;
            keepAlive.run(nowNs, wasPaused);
        }
        workCount += removeClosed();
        if (listenerFailure != null) {
            RuntimeException failure = listenerFailure;
            listenerFailure = null;
            throw failure;
        }
        return workCount;
    }

    @Override
    public void onFrame(FrameSource source, DirectBuffer buffer, int offset, int length) {
        counters.increment(Kind.MESSAGES_RECEIVED);
        counters.add(Kind.BYTES_RECEIVED, length);
        Kind whyDropped = gate.whyDropped(buffer, offset, length);
        if (whyDropped != null) {
            counters.increment(whyDropped);
            if (whyDropped == Kind.DROPPED_SEAL) {
                handshake.acceptor().onStranger(source, buffer, offset, length);
            }
            return;
        }
        // Decoders see this message and nothing around it.
        frame.wrap(buffer, offset, length);
        try {
            onMessage(source, frame, length);
        } catch (RuntimeException ex) {   // a listener's: told by poll, not swallowed by the medium in between
            listenerFailure = ex;
        }
    }

    @Override
    public void onSourceGone(FrameSource source) {
        PeerSession session = sessions.bySource(source);
        if (session != null) {
            session.lose(EndReason.PEER_LOST);
        }
    }

    @Override
    public void onStrangerClosed(FrameSource source) {
        counters.increment(Kind.STRANGERS_CLOSED);
    }

    @Override
    public void onBadFrame(FrameSource source) {
        counters.increment(Kind.DROPPED_LENGTH);
    }

    private void onMessage(FrameSource source, DirectBuffer buffer, int length) {
        int blockLength = unsignedShort(buffer, 0);
        int templateId = unsignedShort(buffer, 2);
        int version = unsignedShort(buffer, 6);
        long toIncarnation = buffer.getLong(Frames.TO_INCARNATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        long sessionId = buffer.getLong(Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        long correlation = buffer.getLong(Frames.CORRELATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        boolean isHello = templateId == HelloDecoder.TEMPLATE_ID;
        if (toIncarnation != context.identity().incarnation() && !(isHello && toIncarnation == 0)) {
            counters.increment(Kind.DROPPED_INCARNATION);
            staleAnswers.answer(source, sessionId, correlation, StaleWhat.INCARNATION, templateId);
            return;
        }
        switch (templateId) {
            case HelloDecoder.TEMPLATE_ID ->
                handshake.acceptor().onHello(source, correlation, buffer, blockLength, version);
            case HelloAckDecoder.TEMPLATE_ID ->
                handshake.onHelloAck(source, sessionId, correlation, buffer, blockLength, version);
            case HelloRefusedDecoder.TEMPLATE_ID ->
                handshake.onHelloRefused(correlation, buffer, blockLength, version);
            default -> {
                PeerSession session = sessions.byId(sessionId);
                if (session != null && session.state != PeerSession.CLOSED) {
                    onSessionMessage(source, session, templateId, correlation, buffer, blockLength, version, length);
                    return;
                }
                counters.increment(Kind.DROPPED_SESSION);
                staleAnswers.answer(source, sessionId, correlation, StaleWhat.SESSION, templateId);
            }
        }
    }

    private void onSessionMessage(FrameSource source, PeerSession session, int templateId, long correlation,
        DirectBuffer buffer, int blockLength, int version, int length) {
        // Also from a path that came after: the dialler's next try says it.
        if (templateId == GoodbyeDecoder.TEMPLATE_ID) {
            session.isPeerTold = true;
            session.lose(EndReason.of(goodbye.wrap(buffer, Frames.HEADER_LENGTH, blockLength, version).reason()));
            return;
        }
        if (templateId == HelloDoneDecoder.TEMPLATE_ID) {
            handshake.acceptor().onHelloDone(source, session, buffer);
            return;
        }
        if (!session.source.equals(source)) {
            counters.increment(Kind.DROPPED_SOURCE);
            return;
        }
        if (session.state != PeerSession.OPEN) {
            counters.increment(Kind.DROPPED_HANDSHAKE);
            return;
        }
        boolean isOver = templateId == StaleDecoder.TEMPLATE_ID
            && StaleWhat.of(stale.wrap(buffer, Frames.HEADER_LENGTH, blockLength, version).what()).endsSession();
        if (isOver && stale.incarnation() != session.peer().incarnation()) {
            counters.increment(Kind.DROPPED_SOURCE);   // any node says so of what it does not know, under a seal that all have
            return;
        }
        session.lastHeardNs = time.nowNs;
        sessionListeners.opened(session);
        if (session.state != PeerSession.OPEN) {
            return;   // what began with it has ended it
        }
        switch (templateId) {
            case KeepAliveDecoder.TEMPLATE_ID -> { }
            case StatsRequestDecoder.TEMPLATE_ID -> session.send(codec.buffer(), 0,
                codec.statsReply(session.peer().incarnation(), session.id(), correlation, statsSource.get()));
            case PieceDecoder.TEMPLATE_ID ->
                onPiece(session, piece.wrap(buffer, Frames.HEADER_LENGTH, blockLength, version));
            case StaleDecoder.TEMPLATE_ID -> {
                if (isOver) {
                    session.isPeerTold = true;
                    session.lose(EndReason.SESSION_LOST);
                } else {
                    dispatch(session, templateId, buffer, blockLength, version, length);
                }
            }
            default -> dispatch(session, templateId, buffer, blockLength, version, length);
        }
    }

    private void onPiece(PeerSession session, PieceDecoder decoder) {
        int length = session.pieces.add(decoder);
        if (length == 0) {
            return;
        }
        DirectBuffer whole = session.pieces.buffer();
        if (length < 0 || MessageCheck.validate(whole, 0, length, MESSAGE_LENGTH_MAX) != MessageCheck.Fault.NONE
            || whole.getLong(Frames.TO_INCARNATION_OFFSET, ByteOrder.LITTLE_ENDIAN) != context.identity().incarnation()
            || whole.getLong(Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN) != session.id()) {
            counters.increment(Kind.DROPPED_PIECE);
            return;
        }
        counters.increment(Kind.REASSEMBLED);
        frame.wrap(whole, 0, length);
        dispatch(session, unsignedShort(frame, 2), frame, unsignedShort(frame, 0), unsignedShort(frame, 6), length);
        session.pieces.release();
    }

    private void dispatch(PeerSession session, int templateId, DirectBuffer buffer, int blockLength, int version, int length) {
        boolean isHandled = false;
        int bodyLength = length - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH;
        for (int i = 0; i < messageListeners.size(); i++) {
            isHandled |= messageListeners.get(i).onMessage(session, templateId, buffer, Frames.HEADER_LENGTH, blockLength, version, bodyLength);
        }
        if (!isHandled) {
            counters.increment(Kind.DROPPED_UNHANDLED);
        }
    }

    private int removeClosed() {
        int sizeBefore = sessions.size();
        for (int i = sizeBefore - 1; i >= 0; i--) {
            PeerSession session = sessions.at(i);
            if (session.state == PeerSession.CLOSED) {
                sessions.removeAt(i);
                end(session);
            }
        }
        return sizeBefore - sessions.size();
    }

    private void end(PeerSession session) {
        if (!session.isPeerTold) {
            // Best effort: a peer that does not hear it notices by silence.
            session.sayLast(codec.buffer(),
                codec.goodbye(session.peer().incarnation(), session.id(), session.endReason().code()));
        }
        session.path.close();
        if (session.wasOpened) {
            counters.increment(Kind.SESSIONS_LOST);
        }
        sessionListeners.closed(session);
    }

    /** The acceptor's listeners hear of it now; the dialler's with the acceptor's first word, which is this. */
    @Override
    public void onOpened(PeerSession session) {
        if (!session.isDialled()) {
            sessionListeners.opened(session);
            session.send(codec.buffer(), 0, codec.keepAlive(session.peer().incarnation(), session.id()));
        }
    }

    @Override
    public void onDialFailed(Dial dial, EndReason reason, String detail) {
        sessionListeners.dialFailed(dial, reason, detail);
    }

    @Override
    public NodeIdentity identity() {
        return context.identity();
    }

    @Override
    public int localPort() {
        return medium.localPort();
    }

    @Override
    public Peering dial(String host, int port) {
        return handshake.dial(host, Require.between("port", port, 1, 65_535), Dial.FOR_EVER);
    }

    @Override
    public Peering dial(String host, int port, long withinNs) {
        return handshake.dial(host, Require.between("port", port, 1, 65_535), Require.atLeast("withinNs", withinNs, 1));
    }

    @Override
    public Session session(long sessionId) {
        PeerSession session = sessions.byId(sessionId);
        return session != null && session.isOpen() ? session : null;
    }

    @Override
    public Session sessionWith(long incarnation) {
        PeerSession session = sessions.byIncarnation(incarnation);
        return session != null && session.isOpen() ? session : null;
    }

    @Override
    public int sessionCount() {
        return sessions.openCount();
    }

    @Override
    public void forEachSession(Consumer<Session> consumer) {
        for (int i = 0; i < sessions.size(); i++) {
            if (sessions.at(i).isOpen()) {
                consumer.accept(sessions.at(i));
            }
        }
    }

    @Override
    public void addSessionListener(SessionListener listener) {
        sessionListeners.add(listener);
    }

    @Override
    public void addMessageListener(MessageListener listener) {
        messageListeners.add(listener);
    }

    @Override
    public void statsSource(Supplier<String> json) {
        statsSource = json;
    }

    @Override
    public void drainedThrough(LongBinaryOperator source) {
        handshake.drainedThrough(source);
    }

    @Override
    public ControlCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        for (int i = 0; i < sessions.size(); i++) {
            sessions.at(i).lose(EndReason.SHUTDOWN);
        }
        removeClosed();
        handshake.close();
        medium.close();
    }

    private static int unsignedShort(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }
}
