package dev.baton.receiver.core;

import java.util.List;

import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;

/** How far {@link Promotions} is with the blocks of one request, or with blocks that one may name. Control agent's thread. */
final class Promotion {
    /** Null where no request waits for it. */
    final InboundHandoff handoff;
    final long deadlineNs;
    final int end;
    /** Run when it is over, where no request waits for it. */
    final Runnable over;
    /** Somebody thinks that a request will come for it. */
    final boolean isAhead;
    /** The first block that nobody looked for yet. */
    int next;
    boolean isAsked;
    int asked;
    int foundEnd;
    LoadStretch stretch;
    /** Of which its stretch's blocks are. */
    int part = HitRule.FULL;
    /** Null where all layer groups keep every block. */
    PartSearch search;
    boolean isHeldBack;
    boolean isOver;
    private final CellMap map;
    private final List<BlockKey> keys;
    private final long tenant;

    Promotion(InboundHandoff handoff, long deadlineNs) {
        this.handoff = handoff;
        this.deadlineNs = deadlineNs;
        over = null;
        isAhead = false;
        map = handoff.map();
        keys = handoff.blocks().keys();
        tenant = handoff.handoffId().tenant();
        next = map.firstBlock();
        // The last block is sent whatever lies here.
        end = Math.min(keys.size(), map.blockCount() - 1);
    }

    /**
     * A prefetch, or blocks of a passage: no request waits for it, and it holds nobody back.
     * @param map  of all blocks that have names, or more
     * @param keys of a prompt's blocks; null before the map's first one, where they are not known
     */
    Promotion(CellMap map, List<BlockKey> keys, long tenant, Runnable over, boolean isAhead, long deadlineNs) {
        this.map = map;
        this.keys = keys;
        this.tenant = tenant;
        this.over = over;
        this.isAhead = isAhead;
        this.deadlineNs = deadlineNs;
        handoff = null;
        next = map.firstBlock();
        end = Math.min(keys.size(), map.blockCount());
    }

    boolean isPrefetch() {
        return handoff == null;
    }

    CellMap map() {
        return map;
    }

    /** Of the request that waits for it; 0 for none: then what comes is to be gone on from. */
    int promptTokens() {
        return handoff == null ? 0 : map.tokens();
    }

    List<BlockKey> keys() {
        return keys;
    }

    long tenant() {
        return tenant;
    }

    TenantKey key(int block) {
        return TenantKey.of(tenant, keys.get(block));
    }

    /** Of the block before that one; null where there is none, or it has no name. */
    TenantKey keyBeforeOrNull(int block) {
        return block == 0 || keys.get(block - 1) == null ? null : key(block - 1);
    }

    /** That block's, of what its stretch loads. */
    PartKey partKey(int block) {
        return new PartKey(key(block), part);
    }

    /** Not granted, and not ended: its reservation's object may be another's by now. */
    boolean isWaiting() {
        return handoff.reservation().id() == handoff.reservationId().counter()
            && handoff.reservation().state() == ReservationState.QUEUED;
    }

    /** From that block on there is nothing below, for all that is known. */
    void nothingBelow(int block) {
        if (handoff != null) {
            handoff.blocks().belowEnd(block);
        }
    }
}
