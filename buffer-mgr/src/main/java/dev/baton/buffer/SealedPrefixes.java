package dev.baton.buffer;

import java.util.List;

import dev.baton.kv.BlockKey;

/**
 * What of prompts lies sealed in a node's share for reservations, for its other end, which sends it to another node from
 * where it lies. Blocks are found by all bytes of their names, in their tenant's namespace. Control agent's thread.
 */
public interface SealedPrefixes {
    /** So many leading blocks of that prompt lie here, each image of them as one of this node's layout; they may be gone a moment later. */
    int blockCount(long tenant, List<BlockKey> keys);

    /** Keeps all of them but those before {@code firstBlock} where they lie; null if they are not all here now. */
    PinnedBlocks pinOrNull(long tenant, List<BlockKey> keys, int firstBlock);
}
