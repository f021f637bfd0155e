package dev.baton.sender.core;

import java.util.List;
import java.util.Set;

import dev.baton.transport.session.NodeIdentity;

/**
 * Which of the transports that both ends have carries a session's bytes. Immutable.
 *
 * @param schemes that this end has opened, best first
 * @param hostId  of this end; shared memory needs the same at the peer
 */
public record SchemeChoice(List<String> schemes, long hostId) {
    /** What both ends of must be on one host. */
    private static final Set<String> SHARED_MEMORY = Set.of("shm", "rdma-sim");

    public SchemeChoice {
        schemes = List.copyOf(schemes);
    }

    /** The best scheme that the peer offers lanes of; null if there is none. */
    String choose(NodeIdentity peer) {
        for (String scheme : schemes) {
            boolean isReachable = !SHARED_MEMORY.contains(scheme) || peer.hostId() == hostId;
            if (isReachable && !peer.offers(scheme).isEmpty()) {
                return scheme;
            }
        }
        return null;
    }
}
