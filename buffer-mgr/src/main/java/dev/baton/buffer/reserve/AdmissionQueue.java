package dev.baton.buffer.reserve;

/**
 * Requests that wait for memory, in arrival order. A queued request pins nothing (PROTOCOL.md, section 6). Impossible
 * ones are refused when they come, or when the pool shrinks under them (L5). If the head does not fit, later ones may
 * overtake it a bounded number of times for a bounded time, then the pool drains for it (L4). Pure: time is handed in;
 * one owner, no locks; nothing is allocated.
 */
public final class AdmissionQueue {
    /**
     * Entries whose deadline and size are looked at again in one {@link #poll}: a cycle never walks the whole queue.
     */
    static final int SWEEP_MAX = 32;
    private static final int LOOKAHEAD_MAX = 64;

    private final ReservationLedger ledger;
    private final AdmissionLimits limits;
    private final AdmissionListener listener;
    private final Refusal refusal = new Refusal();
    private final long extentBytes;
    private Reservation head;
    private Reservation tail;
    private Reservation sweepNext;
    private int size;
    private long queuedBytes;
    private long blockedId = -1;
    private long blockedSinceNs;
    private int overtakes;
    private boolean draining;

    public AdmissionQueue(ReservationLedger ledger, AdmissionLimits limits, AdmissionListener listener) {
        this.ledger = ledger;
        this.limits = limits;
        this.listener = listener;
        extentBytes = ledger.extents().plan().extentBytes();
    }

    /**
     * Puts a request at the end of the queue; {@link #poll} grants it, at once if it fits and nobody is before it.
     *
     * @param extentsPerShard extents to take on each shard, declared growth included
     * @return its reservation, QUEUED; or null when it is refused: {@link #refusal()} says why, and nothing is stored
     * @throws IllegalStateException if the handoff has a live reservation already
     */
    public Reservation offer(long tenantHash, long requestHigh, long requestLow, int attempt, int[] extentsPerShard,
        int priority, long nowNs, long deadlineNs) {
        ledger.requireCounts(extentsPerShard);
        long neededBytes = neededBytes(extentsPerShard);
        if (isRefused(extentsPerShard, neededBytes)) {
            ledger.counters().rejected(refusal.reason());
            return null;
        }
        Reservation opened = ledger.open(tenantHash, requestHigh, requestLow, attempt, extentsPerShard);
        opened.priority(priority).arrivalNs(nowNs).deadlineNs(deadlineNs);
        append(opened, neededBytes);
        return opened;
    }

    /** Why the last {@link #offer} was refused; good until the next call into this queue. */
    public Refusal refusal() {
        return refusal;
    }

    /**
     * Grants what fits, rejects what is late or has become impossible.
     *
     * @param grantsMax most grants of this call
     * @return grants and rejections made
     */
    public int poll(long nowNs, int grantsMax) {
        int workCount = sweep(nowNs);
        int grants = 0;
        while (grants < grantsMax && head != null) {
            Reservation candidate = head;
            if (rejectIfHopeless(candidate, nowNs)) {
                workCount++;
                continue;
            }
            if (!ledger.tryGrant(candidate)) {
                candidate = overtakerOrNull(nowNs);
                if (candidate == null) {
                    break;
                }
                overtakes++;
                ledger.counters().overtaken();
            }
            remove(candidate);
            grants++;
            listener.onGranted(candidate);
        }
        return workCount + grants;
    }

    /** Takes a queued request out and closes it; the listener is not told, for its caller knows. */
    public void cancel(Reservation reservation, RejectReason reason) {
        requireQueued(reservation);
        remove(reservation);
        ledger.counters().rejected(reason);
        ledger.close(reservation, ReservationState.REJECTED);
    }

    /** From now on every offer is refused with DRAINING; what is queued is still served. */
    public void drain() {
        draining = true;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public int size() {
        return size;
    }

    public long queuedBytes() {
        return queuedBytes;
    }

    /** The oldest waiting request, or null. */
    public Reservation headOrNull() {
        return head;
    }

    /** How many wait before this one; walks the queue, so it is for answers, not for every cycle. */
    public int position(Reservation reservation) {
        requireQueued(reservation);
        int position = 0;
        for (Reservation at = head; at != reservation; at = at.queueNext) {
            position++;
        }
        return position;
    }

    private boolean isRefused(int[] extentsPerShard, long neededBytes) {
        int shard = ledger.shardTooSmall(extentsPerShard);
        if (shard >= 0) {
            long capacity = ledger.extents().plan().extentCount(shard) * extentBytes;
            refusal.because(RejectReason.REQUEST_TOO_BIG, shard, extentsPerShard[shard] * extentBytes, capacity, -1);
            return true;
        }
        if (draining) {
            refusal.because(RejectReason.DRAINING, -1, neededBytes, 0, limits.retryAfterNs());
            return true;
        }
        shard = ledger.shardTooSmallNow(extentsPerShard);
        if (shard >= 0) {
            refuseForNow(shard, extentsPerShard[shard]);
            return true;
        }
        long roomBytes = limits.queuedBytesMax() - queuedBytes;
        if (size >= limits.queuedMax() || neededBytes > roomBytes || !ledger.hasPlace()) {
            refusal.because(RejectReason.OVERLOADED, -1, neededBytes, Math.max(0, roomBytes), limits.retryAfterNs());
            return true;
        }
        return false;
    }

    private void refuseForNow(int shard, int extentCount) {
        refusal.because(RejectReason.TOO_BIG_NOW, shard, extentCount * extentBytes,
            ledger.extents().usableCount(shard) * extentBytes, limits.retryAfterNs());
    }

    /** Looks at the next few entries, so that each is looked at every few cycles however long the queue is. */
    private int sweep(long nowNs) {
        int rejected = 0;
        int left = Math.min(size, SWEEP_MAX);
        while (left-- > 0) {
            Reservation at = sweepNext == null ? head : sweepNext;
            sweepNext = at.queueNext;
            rejected += rejectIfHopeless(at, nowNs) ? 1 : 0;
        }
        return rejected;
    }

    private boolean rejectIfHopeless(Reservation reservation, long nowNs) {
        if (reservation.deadlineNs() - nowNs <= 0) {
            refusal.because(RejectReason.DEADLINE, -1, reservation.extentCount() * extentBytes, 0, -1);
        } else {
            int shard = ledger.shardTooSmallNow(reservation);
            if (shard < 0) {
                return false;
            }
            refuseForNow(shard, reservation.extentCount(shard));
        }
        remove(reservation);
        ledger.counters().rejected(refusal.reason());
        listener.onRejected(reservation, refusal);
        ledger.close(reservation, ReservationState.REJECTED);
        return true;
    }

    /** A later request that fits and may still go past the head, already granted; or null. */
    private Reservation overtakerOrNull(long nowNs) {
        if (blockedId != head.id()) {
            blockedId = head.id();
            blockedSinceNs = nowNs;
            overtakes = 0;
        }
        if (overtakes >= limits.overtakesMax() || nowNs - blockedSinceNs >= limits.overtakeNs()) {
            return null;
        }
        Reservation at = head.queueNext;
        for (int i = 0; i < LOOKAHEAD_MAX && at != null; i++) {
            // One past its deadline that the sweep has not met yet is left to it.
            if (at.deadlineNs() - nowNs > 0 && ledger.tryGrant(at)) {
                return at;
            }
            at = at.queueNext;
        }
        return null;
    }

    private void append(Reservation reservation, long bytes) {
        reservation.queued = true;
        reservation.queuedBytes = bytes;
        reservation.queuePrevious = tail;
        reservation.queueNext = null;
        if (tail == null) {
            head = reservation;
        } else {
            tail.queueNext = reservation;
        }
        tail = reservation;
        size++;
        queuedBytes += bytes;
        ledger.counters().queuedBytes(bytes);
    }

    private void remove(Reservation reservation) {
        Reservation before = reservation.queuePrevious;
        Reservation after = reservation.queueNext;
        if (before == null) {
            head = after;
        } else {
            before.queueNext = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.queuePrevious = before;
        }
        if (sweepNext == reservation) {
            sweepNext = after;
        }
        reservation.queuePrevious = null;
        reservation.queueNext = null;
        reservation.queued = false;
        size--;
        queuedBytes -= reservation.queuedBytes;
        ledger.counters().queuedBytes(-reservation.queuedBytes);
    }

    private long neededBytes(int[] extentsPerShard) {
        long extents = 0;
        for (int count : extentsPerShard) {
            extents += count;
        }
        return extents * extentBytes;
    }

    private static void requireQueued(Reservation reservation) {
        if (!reservation.queued) {
            throw new IllegalStateException("not in the admission queue: " + reservation);
        }
    }
}
