package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;

/**
 * What a decode engine or a scheduler here asks for before the RESERVE comes that will name these blocks.
 *
 * @param tenant whose blocks they are
 * @param source how the senders that may come lay KV out: blocks are kept below as they were cut for such a sender
 * @param keys   names of leading whole blocks of the prompt, from its first on
 */
public record PrefetchAsk(long tenant, ShardedLayout source, List<BlockKey> keys) {
    /** @throws IllegalArgumentException if there is no name, or there are too many */
    public PrefetchAsk {
        keys = List.copyOf(keys);
        Require.between("keys.size", keys.size(), 1, WireMaxima.GROUP_COUNT_MAX);
    }
}
