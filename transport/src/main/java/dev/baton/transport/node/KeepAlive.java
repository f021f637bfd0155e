package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.HelloCodec;

/**
 * Keeps sessions alive by saying something, and ends those that are silent, stuck or half begun. Control agent's
 * thread.
 */
final class KeepAlive {
    private static final long HANDSHAKE_WITHIN_NS = SECONDS.toNanos(5);

    private final ControlContext context;
    private final SessionTable sessions;
    private final HelloCodec codec;

    KeepAlive(ControlContext context, SessionTable sessions, HelloCodec codec) {
        this.context = context;
        this.sessions = sessions;
        this.codec = codec;
    }

    /**
     * @param wasPaused this process stood still: silence then says nothing about the peer, so it is asked once more
     * first
     */
    void run(long nowNs, boolean wasPaused) {
        for (int i = 0; i < sessions.size(); i++) {
            PeerSession session = sessions.at(i);
            if (session.state == PeerSession.PENDING && nowNs - session.bornNs > HANDSHAKE_WITHIN_NS) {
                session.lose(EndReason.SILENT);
            } else if (session.state == PeerSession.OPEN) {
                check(session, nowNs, wasPaused);
            }
        }
    }

    private void check(PeerSession session, long nowNs, boolean wasPaused) {
        if (session.path.isClosed()) {
            session.lose(EndReason.PEER_LOST);
        } else if (!wasPaused && nowNs - session.lastHeardNs > context.silenceNs()) {
            session.lose(EndReason.SILENT);
        } else if (!wasPaused && session.backPressuredNs() > context.backPressureNs()) {
            session.lose(EndReason.BACK_PRESSURE);
        } else if (nowNs - session.lastSentNs >= context.keepAliveNs() && !session.isBackPressured()) {
            session.send(codec.buffer(), 0, codec.keepAlive(session.peer().incarnation(), session.id()));
        }
    }
}
