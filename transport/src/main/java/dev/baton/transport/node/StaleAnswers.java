package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.StaleDecoder;

/**
 * Tells a peer that what it named is not current. Who asks may be nobody that knows the secret, so it is told to a known peer alone, now and then, and
 * of no session that stands here. Control agent's thread.
 */
final class StaleAnswers {
    private static final long INTERVAL_NS = MILLISECONDS.toNanos(100);

    private final ControlContext context;
    private final SessionTable sessions;
    private final CycleTime time;
    private final ControlCounters counters;
    private final HelloCodec codec;
    private final Credentials credentials;
    private long nextNs;

    StaleAnswers(ControlContext context, SessionTable sessions, CycleTime time, ControlCounters counters, HelloCodec codec, Credentials credentials) {
        this.context = context;
        this.sessions = sessions;
        this.time = time;
        this.counters = counters;
        this.codec = codec;
        this.credentials = credentials;
    }

    /** From now on it may. */
    void begin(long nowNs) {
        nextNs = nowNs;
    }

    void answer(FrameSource source, long sessionId, long correlation, StaleWhat what, int templateId) {
        if (nextNs - time.nowNs > 0 || templateId == StaleDecoder.TEMPLATE_ID || templateId == GoodbyeDecoder.TEMPLATE_ID) {
            return;   // rate-limited, and never an answer to an answer
        }
        PeerSession known = sessions.bySource(source);
        if (known == null || known.state != PeerSession.OPEN) {
            return;   // no known way back; its sender notices by silence or by our HELLO
        }
        PeerSession named = sessions.byId(sessionId);
        if (named != null && named.state != PeerSession.CLOSED) {
            return;   // what names another incarnation with it is a handshake's word sent back, or a stranger's
        }
        nextNs = time.nowNs + INTERVAL_NS;
        counters.increment(Kind.STALE_SENT);
        int length = codec.stale(known.peer().incarnation(), sessionId, correlation, what, templateId, context.identity().incarnation());
        // Names another session than the one whose path it takes, so no session's key fits.
        known.sendAsIs(new UnsafeBuffer(credentials.sealed(codec.buffer(), length)));
    }
}
