package dev.baton.sender.engine;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Canary;

/** What a kept block is found by: all 32 bytes of its key, in its tenant's namespace (S12). */
record StagedName(long tenant, BlockKey key) {
    static StagedName of(long tenant, BlockKey key) {
        return new StagedName(Canary.STAGED_FOR_ALL.isActive() ? 0 : tenant, key);
    }
}
