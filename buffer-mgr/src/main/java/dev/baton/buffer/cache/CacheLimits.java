package dev.baton.buffer.cache;

import dev.baton.buffer.tier.Eviction;

/**
 * How a pool's cache gives up what it holds.
 *
 * @param eviction which block goes first when a grant needs its memory
 */
public record CacheLimits(Eviction eviction) {
    /** What hit most on Mooncake's conversations, and nowhere much less than the best (docs/cache.md). */
    public static final CacheLimits DEFAULT = new CacheLimits(Eviction.CHAIN);
}
