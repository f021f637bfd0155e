package dev.baton.receiver.core;

import java.util.List;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.memory.RunList;
import dev.baton.platform.Require;

/**
 * The grant step of a request whose blocks have names: looks up what lies here, pins it and takes the rest in one step
 * (PROTOCOL.md, section 6). What waits pins nothing. Where that does not fit, the whole request may: hits would keep
 * what it then evicts. Control agent's thread.
 */
final class CachedGrants {
    /** Of a gang's members each is told where each of them lies: a request whose beginning came in more pieces is sent the rest. */
    static final int SPANS_MAX = 64;

    private final ReservationLedger ledger;
    private final BlockCache cache;
    private final Gang gang;
    private final ReceiverCounters counters;
    private final int extentBytes;
    private LowerTier below = LowerTier.NONE;

    CachedGrants(ReservationLedger ledger, BlockCache cache, Gang gang, ReceiverCounters counters) {
        this.ledger = ledger;
        this.cache = cache;
        this.gang = gang;
        this.counters = counters;
        extentBytes = (int) ledger.extents().plan().extentBytes();
    }

    /** From now on this is the queue's grant step, and that the engine's room. */
    void serve(AdmissionQueue admission, EngineRoom room) {
        admission.grantBy(reservation -> room.fits((InboundHandoff) reservation.attachment()), this::tryGrant);
    }

    /** Blocks come up from there. */
    void below(LowerTier value) {
        below = value;
    }

    /** QUEUED to GRANTED if it fits; see {@link ReservationLedger#tryGrant(Reservation)}. */
    private boolean tryGrant(Reservation reservation) {
        InboundHandoff handoff = (InboundHandoff) reservation.attachment();
        if (handoff == null || handoff.blocks().keys().isEmpty() || handoff.isUnbound()) {
            return ledger.tryGrant(reservation);
        }
        if (below.isLoadingFor(handoff)) {
            return false;
        }
        NamedBlocks blocks = handoff.blocks();
        Offer offer = blocks.offerOrNull();
        if (offer == null || offer.changes() != cache.changes()) {
            offer = look(reservation, handoff.map(), blocks);
            blocks.offer(offer);
        }
        boolean isHeld = offer.held().count() > 0
            && ledger.tryGrant(reservation, offer.runs(), offer.extentsPerShard());
        if (!isHeld && !ledger.tryGrant(reservation)) {
            return false;
        }
        counters.lookedUp(blocks.keys().size(), isHeld ? offer.held().count() : 0);
        if (isHeld) {
            below.held(handoff, handoff.map().firstBlock(), offer.held().endBlock());
            blocks.held(offer.held());
            handoff.mapRest(offer.rest());
        }
        blocks.offer(null);
        return true;
    }

    /** What a waiting request would get of what lies here; good until the cache changes. */
    @SuppressWarnings("ArrayRecordComponent")   // never compared
    record Offer(HeldBlocks held, RunList[] runs, CellMap rest, int[] extentsPerShard, int changes) {}

    private Offer look(Reservation reservation, CellMap whole, NamedBlocks blocks) {
        // The last block is sent whatever lies here: without a cell there is nothing to hand off.
        HeldBlocks held = find(reservation.tenantHash(), blocks.keys(), whole, whole.blockCount() - 1);
        if (held.spans().size() > SPANS_MAX && !gang.hasAll(whole.targetShardCount())) {
            held = cache.isPlain()
                ? find(reservation.tenantHash(), blocks.keys(), whole, held.spans().get(SPANS_MAX - 1).end()) : HeldBlocks.NONE;
        }
        if (held.count() == 0) {
            return new Offer(held, null, null, null, cache.changes());
        }
        CellMap rest = CellMap.ofTarget(whole.pairing(), whole.tokens(), whole.growthTokens(),
            held.endBlock() * whole.pairing().targetLayout().blockTokens(), extentBytes);
        Require.atLeast("cellCount", rest.cellCount(), 1);
        int[] extents = new int[rest.targetShardCount()];
        for (int shard = 0; shard < extents.length; shard++) {
            extents[shard] = rest.extents(shard);
        }
        return new Offer(held, held.runs(extents.length), rest, extents, cache.changes());
    }

    private HeldBlocks find(long tenant, List<BlockKey> keys, CellMap whole, int endMax) {
        return cache.find(tenant, keys, whole.firstBlock(), endMax, whole.tokens());
    }
}
