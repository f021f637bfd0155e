package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.platform.Canary;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.HelloRefusedDecoder;
import dev.baton.transport.wire.HelloTelling;

/**
 * Hello, HelloAck, HelloDone: how a session comes to be, from the end that dials; {@link HelloAcceptor} is the other.
 * The same on every medium; no clock, thread or randomness of its own.
 * <pre>
 *   dialler                                         acceptor
 *   Hello(correlation, identity, nonce)      ->     new incarnation: mint a session, PENDING
 *                                            <-     HelloAck(correlation, session, identity, nonce, proof)
 *   OPEN; HelloDone(session, proof)          ->     OPEN; an older incarnation of that node is REPLACED
 *                                            <-     KeepAlive, or whatever it says first
 *   its listeners hear of the session
 *                                            <-     instead of HelloAck: HelloRefused(correlation, reason, versions)
 * </pre>
 * The dialler's listeners wait for that word, since what they do beside the control plane (open lanes, hold locks) is in
 * no order with HelloDone: an acceptor that has not read it yet would turn them away.
 * Two nodes that dial each other at once mint two sessions; the one minted by the higher incarnation stays.
 */
final class Handshake {
    private static final long BACKOFF_MIN_NS = MILLISECONDS.toNanos(100);
    private static final long BACKOFF_MAX_NS = SECONDS.toNanos(2);
    private static final long ANSWER_WITHIN_NS = SECONDS.toNanos(5);
    /** Hello waits so long for what is still written on the session before, to cover it; then it goes without. */
    private static final long DRAIN_WAIT_NS = SECONDS.toNanos(1);

    private final ControlContext context;
    private final ControlMedium medium;
    private final SessionTable sessions;
    private final CycleTime time;
    private final ControlCounters counters;
    private final HelloCodec codec;
    private final Credentials credentials;
    private final SessionEvents events;
    private final HelloAcceptor acceptor;
    private final List<Dial> dials = new ArrayList<>();
    private final HelloRefusedDecoder refused = new HelloRefusedDecoder();
    /** By a peer's incarnation and the last session with it; nothing is said until somebody knows. */
    private LongBinaryOperator drainedThrough = (peerIncarnation, lastSessionId) -> 0;
    private long correlation;

    /** What the hub does when the handshake has come to something. */
    interface SessionEvents {
        void onOpened(PeerSession session);

        void onDialFailed(Dial dial, EndReason reason, String detail);
    }

    Handshake(ControlContext context, ControlMedium medium, SessionTable sessions, CycleTime time,
        ControlCounters counters, HelloCodec codec, Credentials credentials, SessionEvents events) {
        this.context = context;
        this.medium = medium;
        this.sessions = sessions;
        this.time = time;
        this.counters = counters;
        this.codec = codec;
        this.credentials = credentials;
        this.events = events;
        acceptor = new HelloAcceptor(context, medium, sessions, time, counters, codec, credentials, this);
        correlation = context.random().getAsLong();
    }

    /** The half of it that answers. */
    HelloAcceptor acceptor() {
        return acceptor;
    }

    Dial dial(String host, int port, long withinNs) {
        Dial dial = new Dial(host, port, withinNs);
        dials.add(dial);
        return dial;
    }

    void drainedThrough(LongBinaryOperator source) {
        drainedThrough = source;
    }

    /** What is said to a peer about the sessions with it, up to this one. */
    long drainedThrough(long peerIncarnation, long lastSessionId) {
        return lastSessionId == 0 ? 0 : drainedThrough.applyAsLong(peerIncarnation, lastSessionId);
    }

    void onHelloAck(FrameSource source, long sessionId, long ackCorrelation, DirectBuffer message, int blockLength,
        int version) {
        Dial dial = dialOf(ackCorrelation);
        PeerSession known = sessions.byId(sessionId);
        boolean isKnown = known != null && known.state == PeerSession.OPEN;
        if (dial == null) {
            if (isKnown && known.done != null && known.helloCorrelation == ackCorrelation) {
                known.sendAsIs(known.done);   // an answer that came again: perhaps ours was lost
            } else if (!isKnown) {
                counters.increment(Kind.DROPPED_HANDSHAKE);
            }
            return;
        }
        byte[] transcript = credentials.transcript(dial.helloProved,
            Credentials.proved(message, message.capacity()));
        if (credentials.isSet() && !credentials.isProof(SharedSecret.ACCEPTOR, transcript,
            HelloCodec.ackProof(message))) {
            counters.increment(Kind.SECRETS_REFUSED);
            return;   // not an answer to this Hello; the right one may still come
        }
        if (isKnown) {
            if (known.source.equals(source)) {   // we have that session already, dialled or accepted
                attachKnown(dial, known);
            }
            return;
        }
        HelloTelling telling;
        try {
            telling = codec.readAck(message, Frames.HEADER_LENGTH, blockLength, version);
        } catch (IllegalArgumentException ex) {
            fail(dial, EndReason.PROTOCOL, "the peer tells an impossible identity: " + ex.getMessage());
            return;
        }
        EndReason why = (sessionId == 0 || known != null) ? EndReason.PROTOCOL : whyRefused(telling);
        if (why != EndReason.NONE) {
            fail(dial, why, "the peer's answer cannot be used: reason=" + why + " ours=" + context.versionMin() + ".." +
                context.versionMax() + " theirs=" + telling.versionMin() + ".." + telling.versionMax());
            return;
        }
        if (sessions.isEnded(sessionId)) {   // the peer has not noticed yet that this session is over
            int length = codec.goodbye(telling.identity().incarnation(), sessionId, EndReason.SESSION_LOST.code());
            dial.path.offer(new UnsafeBuffer(credentials.sealed(codec.buffer(), length)), 0, length);
            return;
        }
        PeerSession rival = sessions.byIncarnation(telling.identity().incarnation());
        if (rival != null && rival.state != PeerSession.CLOSED) {
            boolean isTheirs = Long.compareUnsigned(telling.identity().incarnation(),
                context.identity().incarnation()) > 0;
            if (rival.state == PeerSession.OPEN || !isTheirs) {
                return;   // ours stays; this dial finds it when it says Hello again
            }
            rival.lose(EndReason.REPLACED);
            rival.isPeerTold = true;
        }
        PeerSession session = new PeerSession(sessionId, telling, dial.host(), dial.port(), dial.path, source, true,
            ackCorrelation, commonVersion(telling), context, time, counters);
        credentials.key(session, SharedSecret.DIALLER, transcript);
        dial.path = null;
        sessions.add(session);
        attach(dial, session);
        int length = codec.done(session.peer().incarnation(), sessionId, ackCorrelation,
            credentials.isSet() ? credentials.proof(SharedSecret.DIALLER, transcript) : null);
        session.done = new UnsafeBuffer(credentials.sealed(codec.buffer(), length));
        session.sendAsIs(session.done);
        open(session);
    }

    void onHelloRefused(long refusedCorrelation, DirectBuffer message, int blockLength, int version) {
        Dial dial = dialOf(refusedCorrelation);
        if (dial == null) {
            counters.increment(Kind.DROPPED_HANDSHAKE);
            return;
        }
        refused.wrap(message, Frames.HEADER_LENGTH, blockLength, version);
        EndReason reason = EndReason.of(refused.reason());
        if (reason == EndReason.AUTHENTICATION) {
            counters.increment(Kind.SECRETS_REFUSED);
        }
        fail(dial, reason, "the peer refused: reason=" + reason + " ours=" + context.versionMin() + ".." +
            context.versionMax() + " theirs=" + refused.versionMin() + ".." + refused.versionMax() + " detail=" +
            refused.detail());
    }

    /** Opens paths, says Hello again where no answer came, and gives up what is over. Returns a work count. */
    int poll() {
        int workCount = acceptor.poll();
        for (int i = dials.size() - 1; i >= 0; i--) {
            Dial dial = dials.get(i);
            if (dial.isDone) {
                dials.remove(i);
            } else {
                workCount += poll(dial);
            }
        }
        return workCount;
    }

    void close() {
        dials.forEach(Dial::close);
        dials.clear();
        acceptor.close();
    }

    private int poll(Dial dial) {
        long nowNs = time.nowNs;
        if (!dial.isStarted) {
            dial.isStarted = true;
            dial.retryNs = nowNs;
            dial.deadlineNs = nowNs + (dial.isKept() ? 0 : dial.withinNs);
        }
        if (dial.session != null) {
            if (dial.session.state != PeerSession.CLOSED || Canary.NO_REDIAL.isActive()) {
                return 0;
            }
            dial.lastSessionId = dial.session.id();
            dial.lastIncarnation = dial.session.peer().incarnation();
            dial.session = null;
            dial.retryNs = nowNs + backoffNs(dial);
            return 1;
        }
        if (!dial.isKept() && dial.deadlineNs - nowNs <= 0) {
            dial.isDone = true;
            fail(dial, EndReason.DEADLINE, noAnswer(dial, nowNs));
            return 1;
        }
        if (dial.path == null) {
            if (dial.retryNs - nowNs > 0) {
                return 0;
            }
            if (nowNs - dial.retryNs < DRAIN_WAIT_NS
                && drainedThrough(dial.lastIncarnation, dial.lastSessionId) < dial.lastSessionId) {
                return 0;
            }
            dial.path = medium.open(dial.host(), dial.port());
            dial.hello = null;
            dial.nextHelloNs = nowNs;
            dial.attemptNs = nowNs;
            dial.attempts++;
            return 1;
        }
        return sayHello(dial, nowNs);
    }

    private int sayHello(Dial dial, long nowNs) {
        if (dial.path.isClosed()) {
            fail(dial, EndReason.PEER_LOST, "the path closed: " + dial.path.whyNot());
            return 1;
        }
        if (!dial.isTold && nowNs - dial.attemptNs >= ANSWER_WITHIN_NS) {
            dial.isTold = true;   // once a spell; the path stays, Hellos go on
            dial.failed(EndReason.SILENT, noAnswer(dial, nowNs));
            events.onDialFailed(dial, EndReason.SILENT, dial.whyNot());
        }
        if (dial.nextHelloNs - nowNs > 0) {
            return 0;
        }
        long drained = drainedThrough(dial.lastIncarnation, dial.lastSessionId);
        if (dial.hello == null || dial.helloDrained != drained) {
            encodeHello(dial, drained);
        }
        if (dial.path.offer(dial.hello, 0, dial.hello.capacity()) != ControlPath.ACCEPTED) {
            return 0;
        }
        dial.nextHelloNs = nowNs + context.helloIntervalNs();
        return 1;
    }

    /** A Hello is said again byte for byte, since the answer proves them; what changes begins a new try. */
    private void encodeHello(Dial dial, long drained) {
        dial.correlation = ++correlation;
        dial.helloDrained = drained;
        int length = codec.hello(dial.correlation, context.identity(), context.versionMin(), context.versionMax(),
            drained, medium.localPort(), credentials.nonce(), credentials.nonce());
        dial.helloProved = Credentials.proved(codec.buffer(), length);
        dial.hello = new UnsafeBuffer(credentials.sealed(codec.buffer(), length));
    }

    private String noAnswer(Dial dial, long nowNs) {
        String path = dial.path == null ? "" : dial.path.whyNot();
        return "no answer: waitedMs=" + NANOSECONDS.toMillis(nowNs - dial.attemptNs) +
            (path.isEmpty() ? "" : " path=" + path) +
            (dial.whyNot().isEmpty() ? "" : " before=[" + dial.whyNot() + "]");
    }

    private void fail(Dial dial, EndReason reason, String facts) {
        dial.failed(reason, facts);
        dial.closePath();
        dial.retryNs = time.nowNs + backoffNs(dial);
        boolean isForGood = !dial.isKept() && reason != EndReason.PEER_LOST && reason != EndReason.OVERLOADED
            && reason != EndReason.TOO_MANY_PEERS;
        dial.isDone |= isForGood;
        if (dial.isDone || !dial.isTold) {
            dial.isTold = true;
            counters.increment(Kind.DIALS_FAILED);
            events.onDialFailed(dial, reason, dial.whyNot());
        }
    }

    private long backoffNs(Dial dial) {
        long ceilingNs = Math.min(BACKOFF_MAX_NS, BACKOFF_MIN_NS << Math.min(dial.attempts, 10));
        return ceilingNs / 2 + Math.floorMod(context.random().getAsLong(), ceilingNs / 2);
    }

    /**
     * A Hello that was copied and shown to another node is answered by that one, with the session that it has with us: what is meant for the node at
     * the dialled address must not go there.
     */
    private void attachKnown(Dial dial, PeerSession known) {
        for (int i = 0; i < dials.size(); i++) {
            Dial other = dials.get(i);
            if (other.session == known && !other.isTo(dial.host(), dial.port())) {
                counters.increment(Kind.DROPPED_HANDSHAKE);
                dial.failed(EndReason.PROTOCOL, "answered by nodeId=" + known.peer().nodeId() + ", to which another address leads: dialled=" + other.host() + ":" + other.port());
                return;   // the right answer may still come
            }
        }
        attach(dial, known);
    }

    private void attach(Dial dial, PeerSession session) {
        dial.closePath();
        dial.session = session;
        dial.attempts = 0;
        dial.isTold = false;
        dial.isDone |= !dial.isKept();
    }

    void open(PeerSession session) {
        for (int i = 0; i < sessions.size(); i++) {
            PeerSession other = sessions.at(i);
            if (other != session && other.peer().nodeId().equals(session.peer().nodeId())) {
                other.lose(EndReason.REPLACED);   // a new incarnation of that node: the old process is gone
            }
        }
        session.open();
        counters.increment(Kind.SESSIONS_OPENED);
        events.onOpened(session);
    }

    /** The dial that waits for an answer to this Hello; one between two tries has no path and waits for none. */
    private Dial dialOf(long wanted) {
        for (int i = 0; i < dials.size(); i++) {
            Dial dial = dials.get(i);
            if (dial.correlation == wanted && dial.session == null && dial.path != null && dial.hello != null
                && !dial.isDone) {
                return dial;
            }
        }
        return null;
    }

    EndReason whyRefused(HelloTelling telling) {
        if (telling.versionMin() > context.versionMax() || telling.versionMax() < context.versionMin()) {
            return EndReason.VERSION;
        }
        if (telling.identity().incarnation() == context.identity().incarnation()) {
            return EndReason.SELF;
        }
        if (telling.hasNonce() != credentials.isSet()) {
            return EndReason.AUTHENTICATION;
        }
        if (telling.identity().isEncrypting() != context.identity().isEncrypting()
            && !telling.identity().isObserver() && !context.identity().isObserver()) {
            return EndReason.ENCRYPTION;
        }
        return telling.identity().layout().length == 0 && !telling.identity().isObserver()
            ? EndReason.LAYOUT_MISMATCH : EndReason.NONE;
    }

    int commonVersion(HelloTelling telling) {
        return Math.min(telling.versionMax(), context.versionMax());
    }
}
