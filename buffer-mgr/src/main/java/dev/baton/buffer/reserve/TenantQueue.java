package dev.baton.buffer.reserve;

/**
 * One tenant: who of it waits, in which order, and what it holds. Waiters stand by (priority, arrival), one priority
 * rising in each T_age: that is the order of {@code arrival - priority x T_age}, which time does not change, so nothing
 * is ever sorted again. One list a priority, each in order of arrival. One owner; nothing is allocated once made.
 */
final class TenantQueue {
    /** Priorities are 0 to 7; higher ones count as 7. */
    static final int LEVELS = 8;

    private final Reservation[] heads = new Reservation[LEVELS];
    private final Reservation[] tails = new Reservation[LEVELS];
    private final Reservation[] cursors = new Reservation[LEVELS];
    private final long ageNs;
    private final TenantRing ringOrNull;
    final TenantPolicy policy;
    long tenantHash;
    /** Bytes it may still be granted in this round; below 0 after it overtook. */
    long deficitBytes;
    boolean isVisited;
    /** Neighbours in the round, while it has waiters. */
    TenantQueue roundNext;
    TenantQueue roundPrevious;
    /** Whether the ring has it among the places that may be given away. */
    boolean isSpare;
    private int size;
    private long queuedBytes;
    private long heldBytes;

    /** @param ringOrNull told when nothing is left of it; null for a tenant that keeps its place */
    TenantQueue(long tenantHash, TenantPolicy policy, long ageNs, TenantRing ringOrNull) {
        this.tenantHash = tenantHash;
        this.policy = policy;
        this.ageNs = ageNs;
        this.ringOrNull = ringOrNull;
    }

    /** How many wait for their turn. */
    int size() {
        return size;
    }

    /** Whether nothing at all is left of it. */
    boolean isGone() {
        return bytes() == 0;
    }

    /** Bytes it holds and waits for: what its quota bounds. */
    long bytes() {
        return queuedBytes + heldBytes;
    }

    /** Into the order of those whose turn comes. */
    void append(Reservation waiter) {
        int level = level(waiter);
        // Nearly always the last; one that was held back may have come before some.
        Reservation before = tails[level];
        while (before != null && before.arrivalNs() - waiter.arrivalNs() > 0) {
            before = before.levelPrevious;
        }
        Reservation after = before == null ? heads[level] : before.levelNext;
        waiter.levelPrevious = before;
        waiter.levelNext = after;
        if (before == null) {
            heads[level] = waiter;
        } else {
            before.levelNext = waiter;
        }
        if (after == null) {
            tails[level] = waiter;
        } else {
            after.levelPrevious = waiter;
        }
        size++;
    }

    void remove(Reservation waiter) {
        int level = level(waiter);
        if (waiter.levelPrevious == null) {
            heads[level] = waiter.levelNext;
        } else {
            waiter.levelPrevious.levelNext = waiter.levelNext;
        }
        if (waiter.levelNext == null) {
            tails[level] = waiter.levelPrevious;
        } else {
            waiter.levelNext.levelPrevious = waiter.levelPrevious;
        }
        waiter.levelPrevious = null;
        waiter.levelNext = null;
        size--;
    }

    /** So much more, or less, whoever's turn it is. */
    void waitsFor(long bytes) {
        queuedBytes += bytes;
        tellIfGone();
    }

    /** Granted, and charged for it in this round. */
    void granted(long bytes) {
        heldBytes += bytes;
        deficitBytes -= bytes;
    }

    /** A grant of it is over. */
    void released(long bytes) {
        heldBytes -= bytes;
        tellIfGone();
    }

    /** Whose turn it is of this tenant; null if nobody waits. */
    Reservation headOrNull() {
        return first(heads);
    }

    /** Begins a walk over the waiters in their order. */
    void rewind() {
        System.arraycopy(heads, 0, cursors, 0, LEVELS);
    }

    /** The next of the walk; null at its end. Nobody may be added or removed in between. */
    Reservation nextOrNull() {
        Reservation next = first(cursors);
        if (next != null) {
            cursors[level(next)] = next.levelNext;
        }
        return next;
    }

    private void tellIfGone() {
        if (ringOrNull != null && isGone()) {
            ringOrNull.gone(this);
        }
    }

    private Reservation first(Reservation[] of) {
        Reservation first = null;
        for (int level = LEVELS - 1; level >= 0; level--) {
            Reservation at = of[level];
            if (at != null && (first == null || isBefore(at, first))) {
                first = at;
            }
        }
        return first;
    }

    private boolean isBefore(Reservation a, Reservation b) {
        long lead = (a.arrivalNs() - b.arrivalNs()) - (long) (level(a) - level(b)) * ageNs;
        return lead < 0 || (lead == 0 && a.id() < b.id());
    }

    private static int level(Reservation waiter) {
        return Math.min(LEVELS - 1, Math.max(0, waiter.queuedPriority));
    }
}
