package dev.baton.sim.check;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.memory.ExtentRun;

/** Folds a state into 64 bits: what the core and its ledger remember, whose each extent is, and the world around. */
final class Fingerprint {
    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final FieldDigest fields = new FieldDigest();
    private final Mix mix = new Mix();

    Fingerprint(ReservationLedger ledger, AdmissionQueue admission) {
        this.ledger = ledger;
        this.admission = admission;
    }

    /**
     * @param firstRequest request id of the first handoff in this run
     * @param counts       what else the world counts
     */
    long of(HandoffView[] views, long firstRequest, int counts, long nowNs) {
        mix.clear();
        for (HandoffView view : views) {
            view.addTo(mix);
            Reservation reservation = ledger.findOrNull(1, 2, firstRequest + view.index, 0);
            if (reservation == null) {
                mix.add(-2);
                continue;
            }
            mix.add(reservation.state().name().hashCode()).add(reservation.isRevealed() ? 1 : 0)
                .add(reservation.sealedExtentCount()).add(reservation.deadlineNs() - nowNs);
            if (reservation.state() == ReservationState.QUEUED) {
                mix.add(admission.position(reservation));
            }
            fields.add(mix, reservation.attachment(), nowNs);
        }
        addMemory(views);
        return mix.add(counts).value();
    }

    private void addMemory(HandoffView[] views) {
        ExtentLedger extents = ledger.extents();
        for (int extent = 0; extent < extents.plan().extentCount(0); extent++) {
            long stamp = extents.state(0, extent).name().hashCode();
            for (HandoffView view : views) {
                boolean isOwn = view.slot >= 0 && extents.isOwnedBy(ExtentRun.of(0, extent, 1),
                    ExtentLedger.owner(view.slot, view.generation));
                for (int cell = 0; cell < view.cellCount; cell++) {
                    stamp = stamp * 4 + (view.slot >= 0 && view.extents[cell] == extent ? 1 : 0) + (isOwn ? 2 : 0);
                }
            }
            mix.add(stamp);
        }
    }
}
