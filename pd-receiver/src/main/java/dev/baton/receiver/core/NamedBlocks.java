package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;

/** The blocks of a handoff that have names, and which of them it holds here. Control agent's thread. */
final class NamedBlocks {
    private final List<BlockKey> keys;
    private HeldBlocks held = HeldBlocks.NONE;
    private CachedGrants.Offer offer;

    NamedBlocks(List<BlockKey> keys) {
        this.keys = keys;
    }

    List<BlockKey> keys() {
        return keys;
    }

    /** What it would be granted of what lies here; null if nobody looked. */
    CachedGrants.Offer offerOrNull() {
        return offer;
    }

    void offer(CachedGrants.Offer value) {
        offer = value;
    }

    /** Pinned by its grant. */
    void held(HeldBlocks value) {
        held = value;
    }

    HeldBlocks held() {
        return held;
    }
}
