package dev.baton.buffer;

import java.util.List;

import dev.baton.kv.BlockKey;

/**
 * What of prompts lies sealed in a node's share for reservations, for its other end, which sends it to another node from
 * where it lies, and whose engine reads it there. Blocks are found by all bytes of their names, in their tenant's
 * namespace. Control agent's thread.
 */
public interface SealedPrefixes {
    /** Hears how a fetch ended: {@code whyNot} is empty if blocks came, or all were here already. */
    interface FetchListener {
        void onFetched(String whyNot);
    }

    /**
     * How far that prompt lies here from {@code firstBlock} on, each image as one of this node's layout; they may be gone a
     * moment later.
     *
     * @return behind the last block; {@code firstBlock} if that one is not here
     */
    int blockEnd(long tenant, List<BlockKey> keys, int firstBlock);

    /**
     * Keeps all of them but those before {@code firstBlock} where they lie.
     *
     * @return null if they are not all here now, or the pool drains for a request
     */
    PinnedBlocks pinOrNull(long tenant, List<BlockKey> keys, int firstBlock);

    /**
     * Keeps all of them where they lie while an engine reads them. All that is read so has a quarter of each shard at most,
     * so that readers never stop grants.
     *
     * @return null if they are not all here now, too much is being read, or the pool drains for a request
     */
    PinnedBlocks readOrNull(long tenant, List<BlockKey> keys);

    /**
     * Asks the node of that name, with which there is a session, for what this one lacks of the prompt: it comes as any
     * handoff does, whole and verified.
     *
     * @param requestHigh with {@code requestLow} and the tenant an id that was never used
     * @param deadlineMs  within which it has ended, 1 to 600,000
     */
    void fetch(String nodeId, long tenant, long requestHigh, long requestLow, List<BlockKey> keys, long deadlineMs, FetchListener listener);
}
