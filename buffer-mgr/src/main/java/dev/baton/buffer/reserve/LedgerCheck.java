package dev.baton.buffer.reserve;

import dev.baton.memory.ExtentRun;

/**
 * Whether a {@link ReservationLedger} and its extents tell the same story: S1, extent by extent. Allocates; not for a
 * path.
 */
final class LedgerCheck {
    private LedgerCheck() {}

    /** @throws IllegalStateException that names what does not add up */
    static void check(ReservationLedger ledger) {
        ExtentLedger extents = ledger.extents();
        extents.checkInvariants();
        long[] owned = new long[1];
        ledger.forEachLive(reservation -> owned[0] += checkedOwned(extents, reservation));
        long counted = 0;
        for (int shard = 0; shard < extents.plan().shardCount(); shard++) {
            counted += extents.counts().count(shard, ExtentState.OWNED);
            counted += extents.counts().count(shard, ExtentState.QUARANTINED);
        }
        if (owned[0] > counted) {
            throw new IllegalStateException("reservations own more than is owned: reserved=" + owned[0] + " owned=" +
                counted);
        }
    }

    /** How many extents the reservation owns, each of them looked at. */
    private static long checkedOwned(ExtentLedger extents, Reservation reservation) {
        boolean hasMemory = reservation.state() != ReservationState.QUEUED;
        long expected = hasMemory ? reservation.extentCount() : 0;
        if (reservation.runs().extentCount() != expected) {
            throw new IllegalStateException("runs do not add up: expected=" + expected + " " + reservation);
        }
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
