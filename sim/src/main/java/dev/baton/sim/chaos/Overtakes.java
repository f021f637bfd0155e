package dev.baton.sim.chaos;

import org.agrona.collections.Long2LongHashMap;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationState;

/**
 * How often each queued reservation saw a later one granted: one request that waits may be overtaken so often by later ones
 * of its tenant and no more (L4). All are of one priority here, so their order is that of arrival.
 */
final class Overtakes {
    private final Long2LongHashMap counts = new Long2LongHashMap(0);

    static long keyOf(ReceiverMember receiver, Reservation reservation) {
        return ((long) receiver.node << 56) + ((long) receiver.life << 48) + reservation.id();
    }

    void onGranted(ReceiverMember receiver, Reservation granted) {
        receiver.ledger().forEachLive(waiting -> {
            if (waiting.state() == ReservationState.QUEUED && !receiver.isHeldBack(waiting) && waiting.arrivalNs() - granted.arrivalNs() < 0
                && waiting.tenantHash() == granted.tenantHash()) {
                long key = keyOf(receiver, waiting);
                counts.put(key, counts.get(key) + 1);
                int most = receiver.cluster.plan().overtakesMax() + receiver.overtakesMore(waiting);
                if (counts.get(key) > most) {
                    throw new Violation("L4", "overtaken more than " + most + " times: " + waiting + " by " + granted);
                }
            }
        });
    }
}
