package dev.baton.sender.core;

import java.util.Set;

/**
 * Whose blocks other nodes may fetch from here. Nodes that prove the secret are one domain of trust, so all by default;
 * a name of a block is found in its tenant's namespace alone, whatever is said here.
 *
 * @param areAll  every tenant's
 * @param tenants by the 64-bit hashes that requests carry; empty where all are
 */
public record FetchTenants(boolean areAll, Set<Long> tenants) {
    public static final FetchTenants ALL = new FetchTenants(true, Set.of());
    public static final FetchTenants NONE = new FetchTenants(false, Set.of());

    public FetchTenants {
        tenants = Set.copyOf(tenants);
    }

    public static FetchTenants of(Set<Long> tenants) {
        return new FetchTenants(false, tenants);
    }

    boolean has(long tenant) {
        return areAll || tenants.contains(tenant);
    }
}
