package dev.baton.sim.deadlock;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.AdmissionListener;
import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Refusal;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a scenario as the product does: its own queue and ledger, over a pool of which only the bookkeeping exists.
 * Every request asks at once and for all its extents; only granted ones land chunks, in the same round robin.
 */
final class RequestAdmission implements AdmissionListener {
    private static final long INCARNATION = 1;
    private static final int NOT_GRANTED = -1;

    private final DeadlockScenario scenario;
    private final ReservationLedger ledger;
    private final AdmissionQueue queue;
    private final Reservation[] reservations;
    private final int[] landed;
    private int completed;
    private int holders;
    private int concurrentMax;

    RequestAdmission(DeadlockScenario scenario) {
        this.scenario = scenario;
        SlabPlan plan = SlabPlan.even(1, scenario.poolExtents() * SlabPlan.EXTENT_BYTES);
        ledger = new ReservationLedger(new ExtentLedger(plan), INCARNATION, scenario.requestCount());
        queue = new AdmissionQueue(ledger, AdmissionLimits.DEFAULT, this);
        reservations = new Reservation[scenario.requestCount()];
        landed = new int[scenario.requestCount()];
        Arrays.fill(landed, NOT_GRANTED);
    }

    DeadlockResult run() {
        int[] extentsPerShard = {scenario.chunkCount()};
        for (int request = 0; request < scenario.requestCount(); request++) {
            reservations[request] = queue.offer(0, 0, request, 0, extentsPerShard, 0, 0, Long.MAX_VALUE);
            if (reservations[request] == null) {
                throw new IllegalStateException("a request that fits was refused: request=r" + request + " "
                    + queue.refusal());
            }
        }
        int turn = 0;
        while (completed < scenario.requestCount()) {
            int grants = queue.poll(turn, Integer.MAX_VALUE);
            if (grants == 0 && holders == 0) {
                throw new IllegalStateException("nothing holds memory and nothing is granted: queued=" + queue.size());
            }
            turn++;
            for (int request = 0; request < scenario.requestCount(); request++) {
                if (landed[request] != NOT_GRANTED) {
                    landOne(request);
                }
            }
        }
        ledger.checkInvariants();
        return new DeadlockResult(scenario, Admission.REQUEST, completed, 0, concurrentMax, turn, List.of());
    }

    /** Lands the next chunk of a granted request; after the last, the engine takes it and lets it go. */
    private void landOne(int request) {
        landed[request]++;
        if (landed[request] == scenario.chunkCount()) {
            Reservation reservation = reservations[request];
            ledger.step(reservation, ReservationState.VERIFYING);
            ledger.step(reservation, ReservationState.READY);
            ledger.step(reservation, ReservationState.TAKEN);
            ledger.close(reservation, ReservationState.RELEASED);
            landed[request] = NOT_GRANTED;
            reservations[request] = null;
            holders--;
            completed++;
        }
    }

    @Override
    public void onGranted(Reservation reservation) {
        ledger.reveal(reservation);
        ledger.step(reservation, ReservationState.RECEIVING);
        landed[Math.toIntExact(reservation.requestLow())] = 0;
        holders++;
        concurrentMax = Math.max(concurrentMax, holders);
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        throw new IllegalStateException("a request that fits and may wait was rejected: " + reservation + " "
            + refusal);
    }
}
