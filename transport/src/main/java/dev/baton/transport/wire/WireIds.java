package dev.baton.transport.wire;

import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/** Ids between values and flyweights. The readers allocate; the comparers do not. */
public final class WireIds {
    private WireIds() {}

    public static HandoffId handoff(HandoffKeyDecoder key) {
        return new HandoffId(key.tenant(), key.requestHigh(), key.requestLow(), (int) key.attempt());
    }

    public static ReservationId reservation(ReservationKeyDecoder key) {
        return new ReservationId(key.incarnation(), key.counter());
    }

    public static boolean isSame(HandoffId id, HandoffKeyDecoder key) {
        return id.requestLow() == key.requestLow() && id.requestHigh() == key.requestHigh()
            && id.tenant() == key.tenant()
            && id.attempt() == (int) key.attempt();
    }

    public static boolean isSame(ReservationId id, ReservationKeyDecoder key) {
        return id.counter() == key.counter() && id.incarnation() == key.incarnation();
    }

    static void put(HandoffKeyEncoder key, HandoffId id) {
        key.tenant(id.tenant()).requestHigh(id.requestHigh()).requestLow(id.requestLow())
            .attempt(Integer.toUnsignedLong(id.attempt()));
    }

    static void put(ReservationKeyEncoder key, ReservationId id) {
        key.incarnation(id.incarnation()).counter(id.counter());
    }
}
