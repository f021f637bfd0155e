package dev.baton.receiver;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.core.TierLimits;

/** Where the tier below a receiver's pool comes from: {@link TierSettings}, or whoever brings a store of his own. */
public interface TierSource {
    /** Of what the receiver asks of it. */
    TierLimits limits();

    /**
     * Opens it, before the receiver serves anybody. The receiver closes it, before its memory goes.
     *
     * @param extentBytes of the pool: records are so long at most
     * @param nowNs       on the clock that polls it
     * @throws IllegalArgumentException if it cannot be as it was asked for
     */
    BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs);
}
