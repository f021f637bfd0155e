package dev.baton.receiver.core;

import java.util.BitSet;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.EndReason;

/**
 * What landed whole of a handoff that failed is worth keeping: the next attempt then sends the rest only (PROTOCOL.md,
 * section 4, FENCED). Once it is proved that nobody can write there any more, the data agents read again what they had
 * verified. The beginning that is still right is sealed and found by its names, the rest is freed. Never earlier: a
 * CRC is no fence. Control agent's thread.
 */
final class Rechecks {
    /** After that nothing is kept: reading harms nobody, but the memory is wanted. */
    static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final ReservationLedger ledger;
    private final LandingZone zone;
    private final BlockCache cache;
    private final ReceiverCounters counters;

    Rechecks(ReservationLedger ledger, LandingZone zone, BlockCache cache, ReceiverCounters counters) {
        this.ledger = ledger;
        this.zone = zone;
        this.cache = cache;
        this.counters = counters;
    }

    /** FENCED just now. False where nothing of it is to be kept; else every data agent will tell how far it is right. */
    boolean begin(InboundHandoff handoff) {
        if (!isTrusted(handoff.endReason()) || handoff.isUnbound() || !handoff.hasVerified()) {
            return false;
        }
        CellMap map = handoff.map();
        NamedBlocks blocks = handoff.blocks();
        int end = LandedBlocks.sealedEnd(map, blocks.keys().size());
        if (!zone.gang().isWhole(handoff.reservation().id()) || !cache.isAnyNew(handoff.reservation().tenantHash(), handoff, end)) {
            return false;
        }
        blocks.recheck(zone.laneCount(), end);
        counters.recheckedOne();
        zone.recheck(handoff.reservation().slot(), handoff.reservation().id(), end);
        return true;
    }

    /**
     * That data agent's cells of blocks before {@code endBlock} are right.
     *
     * @return true when it was the last to tell: what is to be kept is sealed
     */
    boolean told(InboundHandoff handoff, int endBlock) {
        NamedBlocks blocks = handoff.blocks();
        if (handoff.reservation().state() != ReservationState.FENCED || !blocks.recheckedOne(endBlock)) {
            return false;
        }
        if (!zone.gang().isWhole(handoff.reservation().id())) {
            return true;   // a part of each block is gone
        }
        CellMap map = handoff.map();
        BitSet[] extents = new BitSet[map.targetShardCount()];
        int end = LandedBlocks.apartEnd(map, blocks.rightEnd(), extents);
        if (end > map.firstBlock()) {
            for (int shard = 0; shard < extents.length; shard++) {
                seal(handoff, shard, extents[shard]);
            }
            counters.keptBlocks(cache.landed(handoff.reservation().tenantHash(), handoff, end));
        }
        return true;
    }

    /** Data agents had more to do: what they have not told by now is freed unread. */
    void late() {
        counters.recheckLate();
    }

    private void seal(InboundHandoff handoff, int shard, BitSet extents) {
        for (int first = extents.nextSetBit(0); first >= 0; ) {
            int end = extents.nextClearBit(first);
            ledger.seal(handoff.reservation(), shard, first, end - first);
            first = extents.nextSetBit(end);
        }
    }

    /** Nobody keeps what a sender brought that contradicts itself; and a node that goes down keeps nothing. */
    private static boolean isTrusted(EndReason reason) {
        return reason != EndReason.PROTOCOL && reason != EndReason.DIGEST && reason != EndReason.SHUTDOWN;
    }
}
