package dev.baton.buffer.reserve;

/**
 * Says which evictable extents go first when a grant needs room; which blocks are worth keeping is {@code
 * dev.baton.buffer.tier.EvictionPolicy}'s to say. Called by the one thread that owns the ledger; it must
 * know exactly the extents that are idle (SEALED, no holder).
 */
public interface ExtentEviction {
    /** The run's extents lost their last holder. */
    void onIdle(int bank, long run);

    /** The run's idle extents got a holder again. */
    void onHeld(int bank, long run);

    /**
     * Picks idle extents of a bank that go next, and forgets them. At least {@code countMax} extents are idle there
     * over the calls of one grant.
     *
     * @return a packed run of 1 to {@code countMax} extents
     */
    long nextVictims(int bank, int countMax);

    /** Bytes of heap that the order takes. */
    long bookkeepingBytes();
}
