package dev.baton.sender.core;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.Session;

/** One session as the sender uses it: the lanes it chose, the peer's layout beside its own, and the grants that die with it. */
final class PeerSession {
    private final Session session;
    private final String scheme;
    private final int laneCount;
    private final ShardPairing pairing;
    private final String whyNot;
    private final Long2ObjectHashMap<OutboundHandoff> byReservation = new Long2ObjectHashMap<>();

    private PeerSession(Session session, String scheme, int laneCount, ShardPairing pairing, String whyNot) {
        this.session = session;
        this.scheme = scheme;
        this.laneCount = laneCount;
        this.pairing = pairing;
        this.whyNot = whyNot;
    }

    /** Pairs the layouts; where they cannot be paired, the session is kept and says why of each handoff. */
    static PeerSession of(Session session, String schemeOrNull, int laneCount, ShardedLayout own, PairingCache pairings) {
        if (schemeOrNull == null) {
            return new PeerSession(session, "", 0, null, "no transport in common: offered=" + session.peer().offers());
        }
        try {
            byte[] bytes = session.peer().layout();
            ShardedLayout peer = ShardedLayout.decode(new UnsafeBuffer(bytes), 0, bytes.length);
            return new PeerSession(session, schemeOrNull, laneCount, pairings.pair(own, peer), "");
        } catch (IllegalArgumentException ex) {
            return new PeerSession(session, schemeOrNull, laneCount, null, ex.getMessage());
        }
    }

    Session session() {
        return session;
    }

    String scheme() {
        return scheme;
    }

    int laneCount() {
        return laneCount;
    }

    /** Null where {@link #whyNot()} says why. */
    ShardPairing pairing() {
        return pairing;
    }

    String whyNot() {
        return whyNot;
    }

    Long2ObjectHashMap<OutboundHandoff> byReservation() {
        return byReservation;
    }
}
