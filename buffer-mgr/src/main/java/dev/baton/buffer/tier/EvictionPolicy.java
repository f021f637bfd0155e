package dev.baton.buffer.tier;

/**
 * Says which cached block goes when a tier needs room. Blocks are known by their slot, a number from 0 to the capacity
 * that the policy was made for; a slot's meaning ends with {@link #onRemove}. One owner; nothing here allocates, and
 * every call costs the same however many blocks there are, amortised.
 *
 * <p>A request is told as {@link #onRequest}, then each of its blocks from the first token on, by {@link #onHit} where
 * it is cached and by {@link #onInsert} where it was not.
 */
public interface EvictionPolicy {
    /** The parent of a chain's first block, and of one whose parent is not cached. */
    int NO_SLOT = -1;

    /**
     * A request begins. A policy that looks at single blocks has no use for it.
     *
     * @param blockCount of the request, a partial last one included
     * @param hitCount   how many of these, from the first on, are cached without a gap
     */
    default void onRequest(int blockCount, int hitCount) {}

    /**
     * A block came into the cache.
     *
     * @param slot       free until now
     * @param parentSlot of the block before it in the chain, or {@link #NO_SLOT}
     * @param keyHash    64 well-mixed bits of the block's key, by which it is known again after it was evicted
     * @param tokens     of the block: what a miss costs to compute again
     */
    void onInsert(int slot, int parentSlot, long keyHash, int tokens);

    /** A cached block was asked for. */
    void onHit(int slot);

    /**
     * Nominates the block to go next; it stays until {@link #onRemove}. At least one block is cached.
     *
     * @return its slot
     */
    int nextVictim();

    /**
     * The nominated block is in use and stays, behind others that could go. Where few others can, it may be nominated
     * again: who asks for a victim bounds how often.
     */
    void onPassedOver(int slot);

    /** A block has left the cache, whoever chose it. */
    void onRemove(int slot);

    /** Bytes of heap that the policy takes, for a full cache or an empty one. */
    long bookkeepingBytes();
}
