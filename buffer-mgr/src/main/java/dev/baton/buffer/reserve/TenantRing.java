package dev.baton.buffer.reserve;

import java.util.Map;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Deficit round robin between tenants, by bytes (Shreedhar and Varghese, SIGCOMM 1995): in each round a tenant is given
 * its weight times the quantum, and is served while that lasts. Only those who wait are in the round: a tenant joins at
 * its end, and takes no unused share along when it leaves. Its tenants are bounded, a request's tenant is found without
 * a walk, and rounds in which nobody could be served are skipped by arithmetic. One owner.
 */
final class TenantRing {
    private final TenantLimits limits;
    private final Long2ObjectHashMap<TenantQueue> byHash;
    /** Tenants of no policy of their own that were gone once; one that came back is left out when it is met. */
    private final TenantQueue[] spares;
    private int spareCount;
    private int otherCount;
    private TenantQueue turn;
    private TenantQueue walk;
    private int waitingCount;

    TenantRing(TenantLimits limits) {
        this.limits = limits;
        spares = new TenantQueue[limits.othersMax()];
        byHash = new Long2ObjectHashMap<>();
        for (Map.Entry<Long, TenantPolicy> known : limits.known().entrySet()) {
            byHash.put((long) known.getKey(), new TenantQueue(known.getKey(), known.getValue(), limits.ageNs(), null));
        }
    }

    /** What that tenant may have, whether it has a place or not. */
    TenantPolicy policy(long tenantHash) {
        TenantQueue tenant = byHash.get(tenantHash);
        return tenant == null ? limits.others() : tenant.policy;
    }

    /** The tenant's place, made if there is room for one more; null if not. A request must take it, or it is never given back. */
    TenantQueue findOrNull(long tenantHash) {
        TenantQueue tenant = byHash.get(tenantHash);
        if (tenant == null) {
            tenant = placeOrNull(tenantHash);
            if (tenant != null) {
                byHash.put(tenantHash, tenant);
            }
        }
        return tenant;
    }

    /** It waits for its turn among its tenant's, and its tenant among the others. */
    void join(Reservation waiter) {
        waiter.payer.append(waiter);
        if (waiter.payer.size() == 1) {
            joined(waiter.payer);
        }
    }

    void leave(Reservation waiter) {
        waiter.payer.remove(waiter);
        if (waiter.payer.size() == 0) {
            left(waiter.payer);
        }
    }

    /** Its first waiter has come: the last to be served in this round. */
    void joined(TenantQueue tenant) {
        if (turn == null) {
            turn = tenant;
            tenant.roundNext = tenant;
            tenant.roundPrevious = tenant;
        } else {
            tenant.roundNext = turn;
            tenant.roundPrevious = turn.roundPrevious;
            turn.roundPrevious.roundNext = tenant;
            turn.roundPrevious = tenant;
        }
        waitingCount++;
    }

    /** Its last waiter has gone: what it did not use is lost, what it overtook it still owes. */
    void left(TenantQueue tenant) {
        TenantQueue after = tenant.roundNext == tenant ? null : tenant.roundNext;
        tenant.roundPrevious.roundNext = tenant.roundNext;
        tenant.roundNext.roundPrevious = tenant.roundPrevious;
        tenant.roundNext = null;
        tenant.roundPrevious = null;
        turn = turn == tenant ? after : turn;
        walk = walk == tenant ? after : walk;
        tenant.isVisited = false;
        tenant.deficitBytes = Math.min(0, tenant.deficitBytes);
        waitingCount--;
    }

    /** Nothing is left of a tenant without a policy of its own: its place may be another's. */
    void gone(TenantQueue tenant) {
        if (!tenant.isSpare) {
            tenant.isSpare = true;
            spares[spareCount++] = tenant;
        }
    }

    /** Whose head is next; somebody waits. The same answer until a grant, an end or an arrival. */
    TenantQueue next() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < waitingCount; i++) {
                TenantQueue tenant = turn;
                if (!tenant.isVisited) {
                    tenant.isVisited = true;
                    tenant.deficitBytes += quantum(tenant);
                }
                if (tenant.deficitBytes >= tenant.headOrNull().queuedBytes) {
                    return tenant;
                }
                tenant.isVisited = false;
                turn = tenant.roundNext;
            }
            skipEmptyRounds();
        }
        throw new IllegalStateException("nobody waits, or a round serves nobody: waiting=" + waitingCount);
    }

    /** Tenants that have waiters. */
    int waitingCount() {
        return waitingCount;
    }

    /** Begins a walk over the tenants that have waiters, at the one whose turn it is. */
    void beginWalk() {
        walk = turn;
    }

    /** The next of the walk, which goes round and on until it is begun anew; somebody waits. */
    TenantQueue nextOfWalk() {
        TenantQueue tenant = walk == null ? turn : walk;
        walk = tenant.roundNext;
        return tenant;
    }

    private TenantQueue placeOrNull(long tenantHash) {
        while (spareCount > 0) {
            TenantQueue spare = spares[--spareCount];
            spares[spareCount] = null;
            spare.isSpare = false;
            if (spare.isGone()) {
                byHash.remove(spare.tenantHash);
                spare.tenantHash = tenantHash;
                spare.deficitBytes = 0;
                return spare;
            }
        }
        if (otherCount < limits.othersMax()) {
            otherCount++;
            return new TenantQueue(tenantHash, limits.others(), limits.ageNs(), this);
        }
        return null;
    }

    /** Adds to each what it would get until the round before the first in which somebody is served. */
    private void skipEmptyRounds() {
        long rounds = Long.MAX_VALUE;
        TenantQueue tenant = turn;
        for (int i = 0; i < waitingCount; i++, tenant = tenant.roundNext) {
            long missing = tenant.headOrNull().queuedBytes - tenant.deficitBytes;
            rounds = Math.min(rounds, Math.max(0, (missing - 1) / quantum(tenant)));
        }
        for (int i = 0; i < waitingCount; i++, tenant = tenant.roundNext) {
            tenant.deficitBytes += rounds * quantum(tenant);
        }
    }

    private long quantum(TenantQueue tenant) {
        return tenant.policy.weight() * limits.quantumBytes();
    }
}
