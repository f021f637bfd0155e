package dev.baton.receiver.core;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Canary;

/** What a block is found by here: all 32 bytes of its key, in its tenant's namespace (S12). */
record TenantKey(long tenant, BlockKey key) {
    static TenantKey of(long tenant, BlockKey key) {
        return new TenantKey(Canary.TENANT_IGNORED.isActive() ? 0 : tenant,
            Canary.KEY_TRUNCATED.isActive() ? new BlockKey(key.first(), key.second(), key.third(), 0) : key);
    }
}
