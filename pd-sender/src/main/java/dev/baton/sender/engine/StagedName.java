package dev.baton.sender.engine;

import dev.baton.kv.BlockKey;

/** What a kept block is found by: all 32 bytes of its key, in its tenant's namespace (S12). */
record StagedName(long tenant, BlockKey key) {}
