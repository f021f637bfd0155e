package dev.baton.sender.core;

import java.util.List;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.kv.BlockKey;
import dev.baton.sender.core.SenderCounters.Kind;

/**
 * What lies in the node's share for reservations of prompts that its own engine hands off, because it landed or was fetched
 * there: it goes from where it lies, and the engine stages what is behind it. It is pinned when all of a handoff is granted
 * and addressed, and let go when nobody reads it any more; so nothing that waits pins anything. Control agent's thread.
 */
final class PoolHolds {
    private final int blockTokens;
    private final SenderCounters counters;
    private final Long2ObjectHashMap<PinnedBlocks> pinned = new Long2ObjectHashMap<>();
    private SealedPrefixes sealed;

    PoolHolds(int blockTokens, SenderCounters counters) {
        this.blockTokens = blockTokens;
        this.counters = counters;
    }

    /** Where it lies; null where nothing is received. */
    void sealed(SealedPrefixes value) {
        sealed = value;
    }

    /**
     * Pins what lies there of a handoff, from the first block on that its receiver lacks. Not of one that is staged whole:
     * until somebody asks for it, it would keep memory that others wait for, unless its engine said so ({@link #adopt}).
     * Of several ranks each sends its own shards from where they lie at it: none needs to know how far the others come.
     */
    void hold(OutboundHandoff handoff) {
        HandoffSpec spec = handoff.spec;
        if (sealed == null || PoolFetches.isOfPool(handoff.board.handle()) || spec.isSourceFirst() || handoff.board.stagedImagesOrNull() == null) {
            return;
        }
        List<BlockKey> keys = spec.blockKeys().subList(0, Math.min(spec.blockKeys().size(), spec.tokens() / blockTokens));
        int first = handoff.cells.firstBlock();
        int end = first < keys.size() ? sealed.blockEnd(spec.id().tenant(), keys, first) : first;
        PinnedBlocks blocks = end > first ? sealed.pinOrNull(spec.id().tenant(), keys.subList(0, end), first) : null;
        if (blocks != null) {
            pinned.put(handoff.board.handle(), blocks);
            handoff.board.pinned(blocks, end);
            counters.add(Kind.POOL_BLOCKS_HELD, end - first);
        }
    }

    /**
     * What its engine has loaded is pinned already, within what may be read at a time, and stays so until that handoff ends.
     *
     * @return false where there is nothing: it was let go since, for its reader was gone
     */
    boolean adopt(HandoffBoard board, PinnedBlocks blocksOrNull) {
        if (blocksOrNull == null) {
            return false;
        }
        pinned.put(board.handle(), blocksOrNull);
        counters.add(Kind.POOL_BLOCKS_HELD, board.pinnedEnd());
        return true;
    }

    /** Nobody reads it any more; again: no effect. */
    void release(long handle) {
        PinnedBlocks blocks = pinned.remove(handle);
        if (blocks != null) {
            blocks.release();
        }
    }
}
