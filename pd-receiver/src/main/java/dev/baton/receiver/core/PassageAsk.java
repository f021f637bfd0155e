package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;

/**
 * Blocks that lie here as part of a prompt, and are to be found as a passage as well: a document that stands in many prompts, each time
 * behind something else.
 *
 * @param tenant     whose blocks they are, and by whom alone they are found
 * @param keys       names of all leading whole blocks of the prompt, those of the passage among them
 * @param firstBlock of the prompt, with which the passage begins
 * @param passage    names of the passage's blocks, from its own beginning on: {@code KeyHasher.newPassage}
 */
public record PassageAsk(long tenant, List<BlockKey> keys, int firstBlock, List<BlockKey> passage) {
    /** @throws IllegalArgumentException if the passage is not within the prompt's names, or there are too many of them */
    public PassageAsk {
        keys = List.copyOf(keys);
        passage = List.copyOf(passage);
        Require.between("keys.size", keys.size(), 1, WireMaxima.GROUP_COUNT_MAX);
        Require.between("firstBlock", firstBlock, 0, keys.size() - 1);
        Require.between("passage.size", passage.size(), 1, keys.size() - firstBlock);
    }
}
