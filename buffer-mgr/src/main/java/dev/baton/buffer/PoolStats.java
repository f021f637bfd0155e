package dev.baton.buffer;

import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.reserve.ReserveCounters;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Where a pool stands: for a page, a metric or a test. Any thread may take one; the extents are of one moment, the
 * other numbers of about that moment.
 *
 * @param extents         by state, all shards and tiers
 * @param tiers           the same for each tier; of the same moment, so they add up
 * @param reservations    live ones by state; of terminal states, how many ended there so far
 * @param rejections      so far, by reason
 * @param queuedBytes     that waiting requests ask for
 * @param grants          so far
 * @param grantsSpilled   of these, in the spill tier
 * @param overtakes       grants that went past an older request which did not fit
 * @param extentsEvicted  so far
 * @param highWaterBytes  most bytes that were ever neither free nor evictable
 */
public record PoolStats(
    long extentBytes, ExtentTotals extents, Map<Tier, ExtentTotals> tiers, Map<ReservationState, Long> reservations,
    Map<RejectReason, Long> rejections, long queuedBytes, long grants, long grantsSpilled, long overtakes, long extentsEvicted,
    long highWaterBytes) {

    public static PoolStats of(ReservationLedger ledger) {
        ReserveCounters counters = ledger.counters();
        Map<ReservationState, Long> reservations = new EnumMap<>(ReservationState.class);
        for (ReservationState state : ReservationState.values()) {
            reservations.put(state, counters.reservations(state));
        }
        Map<RejectReason, Long> rejections = new EnumMap<>(RejectReason.class);
        for (RejectReason reason : RejectReason.values()) {
            rejections.put(reason, counters.rejections(reason));
        }
        SlabPlan plan = ledger.extents().plan();
        ExtentTotals[] totals = ledger.extents().counts().totalsByTier(plan.tierCount());
        ExtentTotals all = ExtentTotals.NONE;
        Map<Tier, ExtentTotals> tiers = new EnumMap<>(Tier.class);
        for (int tierIndex = 0; tierIndex < totals.length; tierIndex++) {
            all = all.plus(totals[tierIndex]);
            tiers.put(plan.tier(tierIndex), totals[tierIndex]);
        }
        return new PoolStats(plan.extentBytes(), all, Collections.unmodifiableMap(tiers),
            Collections.unmodifiableMap(reservations), Collections.unmodifiableMap(rejections), counters.queuedBytes(),
            counters.grants(), counters.grantsSpilled(), counters.overtakes(), counters.extentsEvicted(), counters.highWaterBytes());
    }

    public long totalBytes() {
        return extents.total() * extentBytes;
    }

    public long freeBytes() {
        return extents.free() * extentBytes;
    }

    public long ownedBytes() {
        return extents.owned() * extentBytes;
    }

    public long sealedBytes() {
        return extents.sealed() * extentBytes;
    }

    public long evictableBytes() {
        return extents.evictable() * extentBytes;
    }

    public long quarantinedBytes() {
        return extents.quarantined() * extentBytes;
    }

    /** Bytes that live reservations and quarantine keep from others: neither free nor evictable. */
    public long reservedBytes() {
        return totalBytes() - freeBytes() - evictableBytes();
    }
}
