package dev.baton.buffer.reserve;

import java.util.Map;

/**
 * Deficit round robin between tenants, by bytes (Shreedhar and Varghese, SIGCOMM 1995): in each round a tenant is given
 * its weight times the quantum, and is served while that lasts. Its tenants are bounded, and so is each step: rounds in
 * which nobody could be served are skipped by arithmetic. One owner.
 */
final class TenantRing {
    private final TenantLimits limits;
    private final TenantQueue[] tenants;
    private final int knownCount;
    private int count;
    private int turn;

    TenantRing(TenantLimits limits) {
        this.limits = limits;
        tenants = new TenantQueue[limits.known().size() + limits.othersMax()];
        for (Map.Entry<Long, TenantPolicy> known : limits.known().entrySet()) {
            tenants[count++] = new TenantQueue(known.getKey(), known.getValue(), limits.ageNs(), true);
        }
        knownCount = count;
    }

    /** The tenant's place, made if there is room for one more; null if not. */
    TenantQueue findOrNull(long tenantHash) {
        int gone = -1;
        for (int i = 0; i < count; i++) {
            TenantQueue tenant = tenants[i];
            if (tenant.tenantHash == tenantHash) {
                return tenant;
            }
            if (i >= knownCount && gone < 0 && tenant.isGone()) {
                gone = i;
            }
        }
        if (gone >= 0) {
            tenants[gone].tenantHash = tenantHash;
            tenants[gone].deficitBytes = 0;
            tenants[gone].isVisited = false;
            return tenants[gone];
        }
        if (count < tenants.length) {
            tenants[count] = new TenantQueue(tenantHash, limits.others(), limits.ageNs(), false);
            return tenants[count++];
        }
        return null;
    }

    /** Whose head is next; somebody waits. The same answer until a grant, an end or an arrival. */
    TenantQueue next() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < count; i++) {
                TenantQueue tenant = tenants[turn];
                if (tenant.hasWaiters()) {
                    if (!tenant.isVisited) {
                        tenant.isVisited = true;
                        tenant.deficitBytes += quantum(tenant);
                    }
                    if (tenant.deficitBytes >= tenant.headOrNull().queuedBytes) {
                        return tenant;
                    }
                }
                leave(tenant);
            }
            skipEmptyRounds();
        }
        throw new IllegalStateException("nobody waits, or a round serves nobody: tenants=" + count);
    }

    /** Tenants there are, in an order that changes only when one comes; for a walk over their heads. */
    TenantQueue tenant(int index) {
        return tenants[index];
    }

    int tenantCount() {
        return count;
    }

    /** Index of the tenant whose turn it is. */
    int turn() {
        return turn;
    }

    private void leave(TenantQueue tenant) {
        tenant.isVisited = false;
        if (!tenant.hasWaiters()) {
            tenant.deficitBytes = Math.min(0, tenant.deficitBytes);
        }
        turn = turn + 1 == count ? 0 : turn + 1;
    }

    /** Adds to each what it would get until the round before the first in which somebody is served. */
    private void skipEmptyRounds() {
        long rounds = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            if (tenants[i].hasWaiters()) {
                long missing = tenants[i].headOrNull().queuedBytes - tenants[i].deficitBytes;
                rounds = Math.min(rounds, Math.max(0, (missing - 1) / quantum(tenants[i])));
            }
        }
        for (int i = 0; i < count && rounds != Long.MAX_VALUE; i++) {
            if (tenants[i].hasWaiters()) {
                tenants[i].deficitBytes += rounds * quantum(tenants[i]);
            }
        }
    }

    private long quantum(TenantQueue tenant) {
        return tenant.policy.weight() * limits.quantumBytes();
    }
}
