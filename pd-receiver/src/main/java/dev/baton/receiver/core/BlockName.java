package dev.baton.receiver.core;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Canary;

/** What a block is found by: all 32 bytes of its key, in its tenant's namespace (S12). */
record BlockName(long tenant, BlockKey key) {
    static BlockName of(long tenant, BlockKey key) {
        return new BlockName(Canary.TENANT_IGNORED.isActive() ? 0 : tenant,
            Canary.KEY_TRUNCATED.isActive() ? new BlockKey(key.first(), key.second(), key.third(), 0) : key);
    }
}
