package dev.baton.sender.core;

import java.util.List;

import dev.baton.transport.session.NodeIdentity;

/**
 * Which of the transports that both ends have carries a session's bytes. Immutable.
 *
 * @param schemes that this end has opened, best first
 * @param hostId  of this end; shared memory needs the same at the peer
 */
public record SchemeChoice(List<String> schemes, long hostId) {
    private static final String SHARED_MEMORY = "shm";

    public SchemeChoice {
        schemes = List.copyOf(schemes);
    }

    /** The best scheme that the peer offers lanes of; null if there is none. */
    String choose(NodeIdentity peer) {
        for (String scheme : schemes) {
            boolean isReachable = !scheme.equals(SHARED_MEMORY) || peer.hostId() == hostId;
            if (isReachable && !peer.offers(scheme).isEmpty()) {
                return scheme;
            }
        }
        return null;
    }
}
