package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;

/** The blocks of a handoff that have names, and which of them it holds here. Control agent's thread. */
final class NamedBlocks {
    private final List<BlockKey> keys;
    private HeldBlocks held = HeldBlocks.NONE;
    private CachedGrants.Offer offer;
    private int belowEnd = Integer.MAX_VALUE;
    private boolean isTriedAtTurn;
    private boolean isLoading;
    private int rechecksAwaited;
    private int rightEnd;

    NamedBlocks(List<BlockKey> keys) {
        this.keys = keys;
    }

    List<BlockKey> keys() {
        return keys;
    }

    /** From that block on the tier below has nothing for it, for all that is known. */
    int belowEnd() {
        return belowEnd;
    }

    void belowEnd(int block) {
        belowEnd = block;
    }

    /** It is its turn, and blocks of it are on their way up. */
    boolean isLoading() {
        return isLoading;
    }

    void isLoading(boolean value) {
        isLoading = value;
    }

    /** True the first time: its turn came, and it may wait for the tier below once more. */
    boolean tryAtTurn() {
        boolean isFirst = !isTriedAtTurn;
        isTriedAtTurn = true;
        return isFirst;
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

    /** So many data agents read again what they verified of blocks before that one. */
    void recheck(int laneCount, int endBlock) {
        rechecksAwaited = laneCount;
        rightEnd = endBlock;
    }

    /** One of them found its cells right up to that block; true for the last of them. */
    boolean recheckedOne(int endBlock) {
        rightEnd = Math.min(rightEnd, endBlock);
        return --rechecksAwaited == 0;
    }

    /** The first block that is not right any more. */
    int rightEnd() {
        return rightEnd;
    }
}
