package dev.baton.sim.chaos;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.PatternSeed;

/**
 * What a user asks for.
 *
 * @param chunkNs what the prefill of one block takes
 * @param tenant  whose it is
 * @param keys    names of its leading blocks, which others begin with too
 */
record Request(int index, int sender, int receiver, long atNs, boolean isSourceFirst, int tokens, int growthTokens,
    long chunkNs, long deadlineMs, long tenant, List<BlockKey> keys) {
    Request named(long ofTenant, List<BlockKey> names) {
        return new Request(index, sender, receiver, atNs, isSourceFirst, tokens, growthTokens, chunkNs, deadlineMs, ofTenant,
            names);
    }

    Request ofTokens(int count) {
        return new Request(index, sender, receiver, atNs, isSourceFirst, count, growthTokens, chunkNs, deadlineMs, tenant, keys);
    }

    /** What its KV of that block follows: of a named block the same as everywhere in its tenant. */
    long seedOf(long seed, int block, int attempt) {
        return PatternSeed.ofBlock(seed + tenant, keys, block, PatternSeed.of(seed + attempt, 0, index));
    }
}
