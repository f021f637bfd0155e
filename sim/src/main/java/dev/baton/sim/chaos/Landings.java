package dev.baton.sim.chaos;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.memory.ExtentRun;

/** Whether bytes may land for a reservation, and where. */
final class Landings {
    private Landings() {}

    static void requireMayLand(Reservation reservation, int cell) {
        switch (reservation.state()) {
            case GRANTED, RECEIVING, REVOKING, FENCING, QUARANTINED -> { }
            case VERIFYING -> throw new Violation("S5", "data in VERIFYING: cell=" + cell + " " + reservation);
            case READY, TAKEN -> throw new Violation("S4", "data after READY: cell=" + cell + " " + reservation);
            default -> throw new Violation("S2", "data for a reservation that ended: cell=" + cell + " " + reservation);
        }
    }

    /** The extents that these bytes lie in are its own, and not sealed, free or another's. */
    static void requireOwned(ExtentLedger extents, Reservation reservation, int slab, long offset,
        int lengthBytes) {
        int first = (int) (offset / Plan.EXTENT_BYTES);
        int last = (int) ((offset + lengthBytes - 1) / Plan.EXTENT_BYTES);
        for (int extent = first; extent <= last; extent++) {
            ExtentState state = isAmong(reservation, slab, extent) ? extents.state(slab, extent) : null;
            if (state != ExtentState.OWNED && state != ExtentState.QUARANTINED) {
                throw new Violation("S2", "foreign bytes: slab=" + slab + " extent=" + extent + " state=" + state +
                    " writer=" + reservation);
            }
        }
    }

    static boolean isAmong(Reservation reservation, int slab, int extent) {
        for (int shard = 0; shard < reservation.shardCount(); shard++) {
            for (int i = 0; i < reservation.runCount(shard); i++) {
                long run = reservation.run(shard, i);
                int past = extent - ExtentRun.firstExtent(run);
                if (ExtentRun.slabId(run) == slab && past >= 0 && past < ExtentRun.extentCount(run)) {
                    return true;
                }
            }
        }
        return false;
    }
}
