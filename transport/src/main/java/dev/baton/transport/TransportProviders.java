package dev.baton.transport;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ways of moving bytes that one process knows, the best first, and which of them a pair of processes takes.
 * Immutable; safe to share. A scheme that is not present on this machine is known but never offered.
 */
public final class TransportProviders {
    private final Map<String, TransportProvider> providerByScheme = new LinkedHashMap<>();

    /**
     * Knows these.
     * @param bestFirst in the order in which {@link #bestOrNull} prefers them
     */
    public TransportProviders(List<TransportProvider> bestFirst) {
        for (TransportProvider provider : bestFirst) {
            if (providerByScheme.put(provider.scheme(), provider) != null) {
                throw new IllegalArgumentException("two providers of one scheme: scheme=" + provider.scheme());
            }
        }
    }

    /** Every scheme known, present or not, the best first. */
    public List<String> schemes() {
        return List.copyOf(providerByScheme.keySet());
    }

    /** Schemes that this machine can have, the best first. */
    public List<String> schemesPresent() {
        return providerByScheme.values().stream().filter(p -> p.probe().isPresent()).map(TransportProvider::scheme)
            .toList();
    }

    /**
     * The provider of a scheme.
     * @throws IllegalArgumentException for a scheme that is not known; the message lists those that are
     */
    public TransportProvider provider(String scheme) {
        TransportProvider provider = providerByScheme.get(scheme);
        if (provider == null) {
            throw new IllegalArgumentException("unknown transport: scheme=" + scheme + " known="
                + providerByScheme.keySet());
        }
        return provider;
    }

    /**
     * The best scheme that both ends have, or null if there is none: shared memory where both are on one host and see
     * one directory of shared memory, else the first in this process's order that the peer offers.
     *
     * @param offeredByPeer what the peer's HELLO offers
     * @param isSameHost    whether both ends told the same host id
     */
    public String bestOrNull(Collection<String> offeredByPeer, boolean isSameHost) {
        for (TransportProvider provider : providerByScheme.values()) {
            String scheme = provider.scheme();
            if (offeredByPeer.contains(scheme) && (isSameHost || !isHostLocal(scheme))
                && provider.probe().isPresent()) {
                return scheme;
            }
        }
        return null;
    }

    /** Schemes whose two ends share memory, and so a host. */
    public static boolean isHostLocal(String scheme) {
        return scheme.equals("shm") || scheme.equals("rdma-sim") || scheme.equals("aeron-ipc") || scheme.equals("loopback");
    }
}
