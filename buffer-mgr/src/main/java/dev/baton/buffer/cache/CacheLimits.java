package dev.baton.buffer.cache;

import java.util.Map;

import dev.baton.buffer.tier.Eviction;
import dev.baton.platform.Require;

/**
 * How a pool's cache gives up what it holds.
 *
 * @param eviction         which block goes first when a grant needs its memory
 * @param shares           bytes of cache that a tenant may have, by its hash, before its own blocks go before others'
 * @param othersShareBytes the same of each tenant that is not named
 */
public record CacheLimits(Eviction eviction, Map<Long, Long> shares, long othersShareBytes) {
    /** What hit most on Mooncake's conversations, and nowhere much less than the best (docs/cache.md); no shares. */
    public static final CacheLimits DEFAULT = of(Eviction.CHAIN);

    private static final int SHARES_MAX = 1024;

    public CacheLimits {
        shares = Map.copyOf(shares);
        Require.between("shares", shares.size(), 0, SHARES_MAX);
        shares.forEach((tenant, bytes) -> Require.atLeast("cache share of tenant " + Long.toHexString(tenant), bytes, 0));
        Require.atLeast("othersShareBytes", othersShareBytes, 0);
    }

    /** Without shares. */
    public static CacheLimits of(Eviction eviction) {
        return new CacheLimits(eviction, Map.of(), Long.MAX_VALUE);
    }

    long shareBytes(long tenant) {
        return shares.getOrDefault(tenant, othersShareBytes);
    }
}
