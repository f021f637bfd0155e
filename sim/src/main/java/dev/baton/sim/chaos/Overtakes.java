package dev.baton.sim.chaos;

import org.agrona.collections.Long2LongHashMap;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationState;

/**
 * How often the first that waits saw a later one granted: it may be overtaken so often by later ones of its tenant and no more (L4). All are of one priority here, so their order is that of arrival.
 */
final class Overtakes {
    private final Long2LongHashMap counts = new Long2LongHashMap(0);

    static long keyOf(ReceiverMember receiver, Reservation reservation) {
        return ((long) receiver.node << 56) + ((long) receiver.life << 48) + reservation.id();
    }

    void onGranted(ReceiverMember receiver, Reservation granted) {
        Reservation first = firstOrNull(receiver, granted.tenantHash());
        if (first == null || first.arrivalNs() - granted.arrivalNs() >= 0) {
            return;
        }
        long key = keyOf(receiver, first);
        counts.put(key, counts.get(key) + 1);
        int most = receiver.cluster.plan().overtakesMax() + receiver.overtakesMore(first);
        if (counts.get(key) > most) {
            throw new Violation("L4", "overtaken more than " + most + " times: " + first + " by " + granted);
        }
    }

    /** Those behind it wait a turn for each that is before them. */
    private static Reservation firstOrNull(ReceiverMember receiver, long tenantHash) {
        Reservation[] first = new Reservation[1];
        receiver.ledger().forEachLive(waiting -> {
            if (waiting.state() == ReservationState.QUEUED && !receiver.isHeldBack(waiting) && waiting.tenantHash() == tenantHash
                && (first[0] == null || waiting.arrivalNs() - first[0].arrivalNs() < 0)) {
                first[0] = waiting;
            }
        });
        return first[0];
    }
}
