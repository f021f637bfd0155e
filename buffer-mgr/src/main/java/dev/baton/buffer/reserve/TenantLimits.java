package dev.baton.buffer.reserve;

import dev.baton.platform.Require;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Who shares a pool, and how: the tenants that are known, by the hash that travels on the wire, and how many others may
 * be there at a time.
 *
 * @param known        each with its policy; at most 1,024
 * @param others       the policy of each tenant that is not known; one is not the other's
 * @param othersMax    most of them that hold or wait at a time; one more is refused as OVERLOADED
 * @param quantumBytes what a share of one is given in a round
 * @param ageNs        a waiter rises one priority in this time (T_age)
 */
public record TenantLimits(
    Map<Long, TenantPolicy> known, TenantPolicy others, int othersMax, long quantumBytes, long ageNs) {

    /** All tenants alike, no quotas, 256 of them at a time; rounds of 64 MiB, 2 s. */
    public static final TenantLimits DEFAULT =
        new TenantLimits(Map.of(), TenantPolicy.EQUAL, 256, 64L << 20, TimeUnit.SECONDS.toNanos(2));

    public TenantLimits {
        known = Map.copyOf(known);
        Require.between("tenants", known.size(), 0, 1024);
        Require.between("othersMax", othersMax, 0, 1 << 16);
        Require.that(known.size() + othersMax > 0, "tenants + othersMax", 0, "at least 1");
        Require.atLeast("quantumBytes", quantumBytes, 1);
        Require.between("ageNs", ageNs, 1, TimeUnit.HOURS.toNanos(1));
    }

    /** The same rules for other tenants. */
    public TenantLimits with(Map<Long, TenantPolicy> knownTenants, TenantPolicy policyOfOthers) {
        return new TenantLimits(knownTenants, policyOfOthers, othersMax, quantumBytes, ageNs);
    }
}
