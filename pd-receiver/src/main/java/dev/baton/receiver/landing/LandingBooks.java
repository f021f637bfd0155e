package dev.baton.receiver.landing;

import org.agrona.collections.Long2ObjectHashMap;

/** Reservations of one data agent by what it takes of them: data, nothing while it is checked, or marks alone. That agent's thread. */
final class LandingBooks {
    private final Long2ObjectHashMap<Landing> open = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Landing> sealed = new Long2ObjectHashMap<>();
    /** A mark says what lies before it, and is read until nobody asks any more. */
    private final Long2ObjectHashMap<Landing> revoked = new Long2ObjectHashMap<>();

    /** That which takes data; null for any other. */
    Landing openOrNull(long reservation) {
        return open.get(reservation);
    }

    /** That which takes data, or is checked. */
    Landing liveOrNull(long reservation) {
        Landing landing = open.get(reservation);
        return landing != null ? landing : sealed.get(reservation);
    }

    /** That whose marks say nothing but what lies before them. */
    Landing revokedOrNull(long reservation) {
        return revoked.get(reservation);
    }

    void open(long reservation, Landing landing) {
        open.put(reservation, landing);
    }

    /** It takes no more data, and is returned; null if it took none. */
    Landing seal(long reservation) {
        Landing landing = open.remove(reservation);
        if (landing != null) {
            sealed.put(reservation, landing);
        }
        return landing;
    }

    /** It takes data, again; null if it is not known. */
    Landing reopen(long reservation) {
        Landing landing = sealed.remove(reservation);
        if (landing != null) {
            open.put(reservation, landing);
        }
        return open.get(reservation);
    }

    void revoke(long reservation) {
        Landing landing = liveOrNull(reservation);
        if (landing != null) {
            close(reservation);
            revoked.put(reservation, landing);
        }
    }

    void close(long reservation) {
        open.remove(reservation);
        sealed.remove(reservation);
        revoked.remove(reservation);
    }
}
