package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.HelloRefusedDecoder;
import dev.baton.transport.wire.HelloTelling;

/**
 * Hello, HelloAck, HelloDone: how a session comes to be. The same on every medium; no clock, thread or randomness of
 * its own.
 * <pre>
 *   dialler                                  acceptor
 *   Hello(correlation, identity)      ->     new incarnation: mint a session, PENDING
 *                                     <-     HelloAck(correlation, session, identity); the same for the same Hello
 *   OPEN; HelloDone(session)          ->     OPEN; an older incarnation of that node is REPLACED
 *                                     <-     or HelloRefused(correlation, reason, versions)
 * </pre>
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
    private final SessionEvents events;
    private final Farewells farewells = new Farewells();
    private final List<Dial> dials = new ArrayList<>();
    private final HelloRefusedDecoder refused = new HelloRefusedDecoder();
    private final long sessionBase;
    /** By a peer's incarnation and the last session with it; nothing is said until somebody knows. */
    private LongBinaryOperator drainedThrough = (peerIncarnation, lastSessionId) -> 0;
    private long sessionCounter;
    private long correlation;

    /** What the hub does when the handshake has come to something. */
    interface SessionEvents {
        void onOpened(PeerSession session);

        void onDialFailed(Dial dial, EndReason reason, String detail);
    }

    Handshake(ControlContext context, ControlMedium medium, SessionTable sessions, CycleTime time,
        ControlCounters counters, HelloCodec codec, SessionEvents events) {
        this.context = context;
        this.medium = medium;
        this.sessions = sessions;
        this.time = time;
        this.counters = counters;
        this.codec = codec;
        this.events = events;
        // 40 random bits, then a counter: ids of one minter rise, those of two do not meet.
        sessionBase = context.random().getAsLong() & 0x7FFF_FFFF_FF00_0000L;
        correlation = context.random().getAsLong();
    }

    Dial dial(String host, int port, long withinNs) {
        Dial dial = new Dial(host, port, withinNs);
        dials.add(dial);
        return dial;
    }

    void drainedThrough(LongBinaryOperator source) {
        drainedThrough = source;
    }

    private long drained(Dial dial) {
        return dial.lastSessionId == 0 ? 0 : drainedThrough.applyAsLong(dial.lastIncarnation, dial.lastSessionId);
    }

    // ---- acceptor ----

    void onHello(FrameSource source, long helloCorrelation, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version) {
        HelloTelling telling;
        try {
            telling = codec.readHello(buffer, bodyOffset, blockLength, version);
        } catch (IllegalArgumentException ex) {
            // Fits its template, but names no possible node; there is no port to answer at.
            counters.increment(Kind.HELLOS_REFUSED);
            return;
        }
        EndReason why = whyRefused(telling);
        if (why == EndReason.NONE && sessions.byIncarnation(telling.identity().incarnation()) == null
            && sessions.size() >= context.sessionCountMax()) {
            why = EndReason.OVERLOADED;
        }
        if (why != EndReason.NONE) {
            refuse(source, helloCorrelation, telling, why);
            return;
        }
        PeerSession known = sessions.byIncarnation(telling.identity().incarnation());
        if (known != null && known.state == PeerSession.PENDING && known.helloCorrelation != helloCorrelation) {
            known.lose(EndReason.SESSION_LOST);   // the dialler gave that try up
            known.isPeerTold = true;
            known = null;
        }
        if (known == null || known.state == PeerSession.CLOSED) {
            known = accept(source, helloCorrelation, telling);
        }
        int length = codec.ack(telling.identity().incarnation(), known.id(), helloCorrelation, context.identity(),
            context.versionMin(), context.versionMax(),
            drainedThrough.applyAsLong(telling.identity().incarnation(), known.id() - 1));
        known.send(codec.buffer(), 0, length);
    }

    private PeerSession accept(FrameSource source, long helloCorrelation, HelloTelling telling) {
        long id = sessionBase + (++sessionCounter & 0xFF_FFFFL);
        PeerSession session = new PeerSession(id, telling, source.host(), telling.replyPort(),
            medium.open(source.host(), telling.replyPort()), source, false, helloCorrelation, commonVersion(telling),
            context, time, counters);
        sessions.add(session);
        return session;
    }

    void onHelloDone(FrameSource source, PeerSession session) {
        if (!session.source.equals(source)) {
            counters.increment(Kind.DROPPED_SOURCE);
        } else if (session.state == PeerSession.PENDING) {
            open(session);
        }
    }

    // ---- dialler ----

    void onHelloAck(FrameSource source, long sessionId, long ackCorrelation, DirectBuffer buffer, int bodyOffset,
        int blockLength, int version) {
        Dial dial = dialOf(ackCorrelation);
        PeerSession known = sessions.byId(sessionId);
        if (known != null && known.state == PeerSession.OPEN) {
            if (dial != null && known.source.equals(source)) {   // we have that session already, dialled or accepted
                attach(dial, known);
            }
            if (known.isDialled()) {
                sendDone(known, ackCorrelation);
            }
            return;
        }
        if (dial == null) {
            counters.increment(Kind.DROPPED_HANDSHAKE);
            return;
        }
        HelloTelling telling;
        try {
            telling = codec.readAck(buffer, bodyOffset, blockLength, version);
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
            dial.path.offer(codec.buffer(), 0,
                codec.goodbye(telling.identity().incarnation(), sessionId, EndReason.SESSION_LOST.code()));
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
        dial.path = null;
        sessions.add(session);
        attach(dial, session);
        sendDone(session, ackCorrelation);
        open(session);
    }

    void onHelloRefused(long refusedCorrelation, DirectBuffer buffer, int bodyOffset, int blockLength, int version) {
        Dial dial = dialOf(refusedCorrelation);
        if (dial == null) {
            counters.increment(Kind.DROPPED_HANDSHAKE);
            return;
        }
        refused.wrap(buffer, bodyOffset, blockLength, version);
        EndReason reason = EndReason.of(refused.reason());
        fail(dial, reason, "the peer refused: reason=" + reason + " ours=" + context.versionMin() + ".." +
            context.versionMax() + " theirs=" + refused.versionMin() + ".." + refused.versionMax() + " detail=" +
            refused.detail());
    }

    /** Opens paths, says Hello again where no answer came, and gives up what is over. Returns a work count. */
    int poll() {
        int workCount = farewells.poll(time.nowNs);
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
        farewells.close();
    }

    private int poll(Dial dial) {
        long nowNs = time.nowNs;
        if (!dial.isStarted) {
            dial.isStarted = true;
            dial.retryNs = nowNs;
            dial.deadlineNs = nowNs + (dial.isKept() ? 0 : dial.withinNs);
        }
        if (dial.session != null) {
            if (dial.session.state != PeerSession.CLOSED) {
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
            if (nowNs - dial.retryNs < DRAIN_WAIT_NS && drained(dial) < dial.lastSessionId) {
                return 0;
            }
            dial.path = medium.open(dial.host(), dial.port());
            dial.correlation = ++correlation;
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
        int length = codec.hello(dial.correlation, context.identity(), context.versionMin(), context.versionMax(),
            drained(dial), medium.localPort());
        if (dial.path.offer(codec.buffer(), 0, length) != ControlPath.ACCEPTED) {
            return 0;
        }
        dial.nextHelloNs = nowNs + context.helloIntervalNs();
        return 1;
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
        boolean isForGood = !dial.isKept() && reason != EndReason.PEER_LOST && reason != EndReason.OVERLOADED;
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

    private void attach(Dial dial, PeerSession session) {
        dial.closePath();
        dial.session = session;
        dial.attempts = 0;
        dial.isTold = false;
        dial.isDone |= !dial.isKept();
    }

    private void open(PeerSession session) {
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

    private void sendDone(PeerSession session, long ackCorrelation) {
        session.send(codec.buffer(), 0, codec.done(session.peer().incarnation(), session.id(), ackCorrelation));
    }

    private Dial dialOf(long wanted) {
        for (int i = 0; i < dials.size(); i++) {
            Dial dial = dials.get(i);
            if (dial.correlation == wanted && dial.session == null && dial.path != null && !dial.isDone) {
                return dial;
            }
        }
        return null;
    }

    private EndReason whyRefused(HelloTelling telling) {
        if (telling.versionMin() > context.versionMax() || telling.versionMax() < context.versionMin()) {
            return EndReason.VERSION;
        }
        if (telling.identity().incarnation() == context.identity().incarnation()) {
            return EndReason.SELF;
        }
        if (telling.hasNonce()) {   // it wants a secret proved, and there is none here
            return EndReason.AUTHENTICATION;
        }
        return telling.identity().layout().length == 0 && !telling.identity().isObserver()
            ? EndReason.LAYOUT_MISMATCH : EndReason.NONE;
    }

    private int commonVersion(HelloTelling telling) {
        return Math.min(telling.versionMax(), context.versionMax());
    }

    private void refuse(FrameSource source, long helloCorrelation, HelloTelling telling, EndReason why) {
        counters.increment(Kind.HELLOS_REFUSED);
        if (telling.replyPort() == 0 || !farewells.hasRoom()) {
            return;
        }
        int length = codec.refused(telling.identity().incarnation(), helloCorrelation, why.code(), context.versionMin(),
            context.versionMax(), "nodeId=" + context.identity().nodeId());
        byte[] message = new byte[length];
        codec.buffer().getBytes(0, message);
        farewells.add(medium.open(source.host(), telling.replyPort()), new UnsafeBuffer(message), time.nowNs);
    }
}
