package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;

/**
 * What a decode engine asks for to keep blocks that it made itself: the answer of a turn, for the next one.
 *
 * @param tenant     whose blocks they are, and by whose requests alone they are found
 * @param keys       names of all leading whole blocks, those before the ones that are written among them
 * @param firstBlock the first that is to be written; the last is that of the last name
 */
public record WriteAsk(long tenant, List<BlockKey> keys, int firstBlock) {
    /** @throws IllegalArgumentException if there is no block to write, or there are too many names */
    public WriteAsk {
        keys = List.copyOf(keys);
        Require.between("keys.size", keys.size(), 1, WireMaxima.GROUP_COUNT_MAX);
        Require.between("firstBlock", firstBlock, 0, keys.size() - 1);
    }
}
