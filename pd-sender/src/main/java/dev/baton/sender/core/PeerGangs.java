package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;

/** Which receiver processes were named as one instance. Control agent's thread. */
final class PeerGangs {
    private final List<List<Peering>> gangs = new ArrayList<>();

    /** Its leader first, then its members; two or more. Returns the leader's. */
    Peering add(List<Peering> gang) {
        gangs.add(List.copyOf(gang));
        return gang.getFirst();
    }

    /** Who a handoff that was reserved there goes to; null while one of them has no session. */
    TargetPeers targetsOrNull(PeerSession leader, Map<Session, PeerSession> sessions) {
        for (List<Peering> gang : gangs) {
            if (leader.session().equals(gang.getFirst().session())) {
                return targetsOrNull(gang, sessions);
            }
        }
        return TargetPeers.one(leader);
    }

    private static TargetPeers targetsOrNull(List<Peering> gang, Map<Session, PeerSession> sessions) {
        List<PeerSession> peers = new ArrayList<>();
        for (Peering peering : gang) {
            Session session = peering.session();
            PeerSession peer = session == null || !session.isOpen() ? null : sessions.get(session);
            if (peer == null) {
                return null;
            }
            peers.add(peer);
        }
        return TargetPeers.of(peers);
    }
}
