package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabSpec;
import dev.baton.memory.ExtentRun;

/**
 * Whether a {@link ReservationLedger} and its extents tell the same story: S1, extent by extent, over all tiers; S6, that
 * nobody has extents of two. Allocates; not for a path.
 */
final class LedgerCheck {
    private static final int STATE_COUNT = ExtentState.count();

    private LedgerCheck() {}

    /** @throws IllegalStateException that names what does not add up */
    static void check(ReservationLedger ledger) {
        ExtentLedger extents = ledger.extents();
        extents.checkInvariants();
        long[] owned = new long[1];
        ledger.forEachLive(reservation -> owned[0] += checkedOwned(extents, reservation));
        long counted = 0;
        for (int bank = 0; bank < extents.plan().bankCount(); bank++) {
            counted += extents.counts().count(bank, ExtentState.OWNED);
            counted += extents.counts().count(bank, ExtentState.QUARANTINED);
        }
        if (owned[0] > counted) {
            throw new IllegalStateException("reservations own more than is owned: reserved=" + owned[0] + " owned=" +
                counted);
        }
    }

    /** @throws IllegalStateException if counts, allocators or the states of extents do not add up */
    static void check(ExtentLedger extents) {
        SlabPlan plan = extents.plan();
        ExtentCounts counts = extents.counts();
        long[] found = new long[counts.length()];
        int stride = STATE_COUNT + 1;
        for (SlabSpec spec : plan.specs()) {
            int base = plan.bank(spec.slabId()) * stride;
            for (int extent = 0; extent < plan.slabExtents(spec.slabId()); extent++) {
                ExtentState state = extents.state(spec.slabId(), extent);
                found[base + state.index()]++;
                if (state == ExtentState.SEALED && extents.holderCount(spec.slabId(), extent) == 0) {
                    found[base + STATE_COUNT]++;
                }
            }
        }
        counts.requireSame(found, stride);
        for (int bank = 0; bank < plan.bankCount(); bank++) {
            extents.allocator(bank).checkInvariants();
            long available = counts.count(bank, ExtentState.FREE) + counts.evictable(bank);
            if (available != counts.available(bank)) {
                throw new IllegalStateException("available extents do not add up: bank=" + bank +
                    " freeAndEvictable=" + available + " counted=" + counts.available(bank));
            }
        }
    }

    /** Each shard's extents lie in that shard's bank of the one tier that was granted. */
    private static void requireOneTier(SlabPlan plan, Reservation reservation) {
        for (int shard = 0; shard < reservation.shardCount(); shard++) {
            for (int i = 0; i < reservation.runCount(shard); i++) {
                SlabSpec spec = plan.spec(ExtentRun.slabId(reservation.run(shard, i)));
                if (spec.shard() != shard || spec.tier() != reservation.tierOrNull()) {
                    throw new IllegalStateException("extents of another shard or tier: shard=" + shard + " tier=" +
                        reservation.tierOrNull() + " but " + spec + " " + reservation);
                }
            }
        }
    }

    /** How many extents the reservation owns, each of them looked at. */
    private static long checkedOwned(ExtentLedger extents, Reservation reservation) {
        boolean hasMemory = reservation.state() != ReservationState.QUEUED;
        long expected = hasMemory ? reservation.extentCount() : 0;
        if (reservation.runs().extentCount() != expected) {
            throw new IllegalStateException("runs do not add up: expected=" + expected + " " + reservation);
        }
        requireOneTier(extents.plan(), reservation);
        ExtentState own = reservation.state() == ReservationState.QUARANTINED ? ExtentState.QUARANTINED
            : ExtentState.OWNED;
        long sealed = 0;
        for (int i = 0; i < reservation.runs().size(); i++) {
            long run = reservation.runs().run(i);
            for (int at = 0; at < ExtentRun.extentCount(run); at++) {
                int extent = ExtentRun.firstExtent(run) + at;
                ExtentState state = extents.state(ExtentRun.slabId(run), extent);
                if (state == ExtentState.SEALED && extents.holderCount(ExtentRun.slabId(run), extent) > 0) {
                    sealed++;
                } else if (state != own) {
                    throw new IllegalStateException("a reserved extent is " + state + ": slab=" +
                        ExtentRun.slabId(run) + " extent=" + extent + " " + reservation);
                }
            }
        }
        if (sealed != reservation.sealedExtentCount()) {
            throw new IllegalStateException("sealed extents do not add up: walked=" + sealed + " " + reservation);
        }
        return expected - sealed;
    }
}
