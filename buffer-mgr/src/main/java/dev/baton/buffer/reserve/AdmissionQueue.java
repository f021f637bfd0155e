package dev.baton.buffer.reserve;

import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;

import dev.baton.platform.Canary;

/**
 * Requests that wait for memory (PROTOCOL.md, section 6): per tenant by (priority, arrival), a waiter rising one priority in each T_age;
 * between tenants by deficit round robin over bytes. The candidate is the next tenant's head; a queued request pins nothing. If it does
 * not fit, it is the drain target: others may overtake it a bounded number of times for a bounded time, then the pool drains for it (L4).
 * Impossible requests are refused when they come, or when the pool shrinks under them (L5); quotas are looked at when a request comes, over
 * what its tenant holds and waits for. With a spill tier ({@link TierChoice}) a request is granted whole in whichever tier has room first,
 * the fast one before the other. Pure: time and jitter are handed in; one owner, no locks; a tenant's first request allocates, nothing else.
 */
public final class AdmissionQueue {
    /** Entries whose deadline and size are looked at again in one {@link #poll}: a cycle never walks the whole queue. */
    static final int SWEEP_MAX = 32;
    private static final int LOOKAHEAD_MAX = 64;

    private final ReservationLedger ledger;
    private final AdmissionLimits limits;
    private final AdmissionListener listener;
    private final TenantRing tenants;
    private final RampUp rampUp;
    private final LongUnaryOperator jitter;
    private final Refusal refusal = new Refusal();
    private final long extentBytes;
    private Reservation head;
    private Reservation tail;
    private Reservation sweepNext;
    private int size;
    private int heldBackCount;
    private long queuedBytes;
    private Reservation target;
    private long targetSinceNs;
    private int overtakes;
    private boolean draining;
    private Predicate<Reservation> grantStep;
    private Predicate<Reservation> gate = _ -> true;

    /** Without jitter. */
    public AdmissionQueue(ReservationLedger ledger, AdmissionLimits limits, AdmissionListener listener) {
        this(ledger, limits, LongUnaryOperator.identity(), listener);
    }

    /** @param jitter turns the time to come back of a refusal into one that others do not get too; nanoseconds */
    public AdmissionQueue(ReservationLedger ledger, AdmissionLimits limits, LongUnaryOperator jitter, AdmissionListener listener) {
        tenants = new TenantRing(limits.tenants());
        rampUp = new RampUp(limits.rampGrants(), limits.rampStepNs(), limits.rampSteps());
        this.jitter = jitter;
        this.ledger = ledger;
        this.limits = limits;
        this.listener = listener;
        extentBytes = ledger.extents().plan().extentBytes();
        grantStep = ledger::tryGrant;
    }

    /**
     * The grant step, in place of {@link ReservationLedger#tryGrant(Reservation)}: true if it granted, else nothing changed.
     *
     * @param room whether who reads it has room for it. Where the one whose turn it is has none nobody is granted: nobody goes
     *             past it, and the pool does not drain for it
     */
    public void grantBy(Predicate<Reservation> room, Predicate<Reservation> step) {
        gate = room;
        grantStep = step;
    }

    /**
     * Puts a request into its tenant's queue; {@link #poll} grants it, at once if it fits and nobody is before it.
     *
     * @param extentsPerShard extents to take on each shard, declared growth included
     * @return its reservation, QUEUED; or null when it is refused: {@link #refusal()} says why, and nothing is stored
     * @throws IllegalStateException if the handoff has a live reservation already
     */
    public Reservation offer(long tenantHash, long requestHigh, long requestLow, int attempt, int[] extentsPerShard,
        int priority, long nowNs, long deadlineNs) {
        ledger.requireCounts(extentsPerShard);
        long neededBytes = neededBytes(extentsPerShard);
        TenantQueue tenant = isRefused(tenantHash, extentsPerShard, neededBytes) ? null : admitted(tenantHash, neededBytes);
        if (tenant == null) {
            ledger.counters().rejected(refusal.reason());
            return null;
        }
        Reservation opened = ledger.open(tenantHash, requestHigh, requestLow, attempt, extentsPerShard);
        opened.priority(priority).arrivalNs(nowNs).deadlineNs(deadlineNs);
        append(opened, neededBytes, tenant);
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
        while (grants < grantsMax && size > heldBackCount && rampUp.mayGrant(nowNs)) {
            Reservation candidate = target != null ? target : tenants.next().headOrNull();
            if (rejectIfHopeless(candidate, nowNs)) {
                workCount++;
                continue;
            }
            if (!gate.test(candidate)) {
                break;
            }
            if (!grantStep.test(candidate)) {
                if (target == null) {
                    target = candidate;
                    targetSinceNs = nowNs;
                    overtakes = 0;
                    tenants.beginWalk();
                }
                candidate = overtakerOrNull(nowNs);
                if (candidate == null) {
                    break;
                }
                overtakes++;
                ledger.counters().overtaken();
            }
            TenantQueue tenant = candidate.payer;
            tenant.granted(candidate.queuedBytes);
            remove(candidate);
            candidate.payer = tenant;
            rampUp.granted();
            grants++;
            listener.onGranted(candidate);
        }
        return workCount + grants;
    }

    /** Takes a queued request out and closes it; the listener is not told, for its caller knows. */
    public void cancel(Reservation reservation, RejectReason reason) {
        reservation.requireQueued();
        remove(reservation);
        ledger.counters().rejected(reason);
        ledger.close(reservation, ReservationState.REJECTED);
    }

    /**
     * Takes a waiting request out of its tenant's order until {@link #goOn}: it is not granted and keeps nobody waiting, and
     * its bounds, its quota, its deadline and its end are those of every other.
     */
    public void holdBack(Reservation reservation) {
        reservation.requireQueued(false);
        target = target == reservation ? null : target;
        tenants.leave(reservation);
        reservation.heldBack = true;
        heldBackCount++;
    }

    /** What was held back waits among the others again, as long as it has been there. */
    public void goOn(Reservation reservation) {
        reservation.requireQueued(true);
        reservation.heldBack = false;
        heldBackCount--;
        tenants.join(reservation);
    }

    /** From now on every offer is refused with DRAINING; what is queued is still served. */
    public void drain() {
        draining = true;
    }

    /** Takes offers again after {@link #drain()}; grants ramp up from there. */
    public void resume() {
        draining = false;
        rampUp.restart();
    }

    /** The request that the pool drains for, or that may still be overtaken; null if the last candidate fitted. */
    public Reservation targetOrNull() {
        return target;
    }

    /** Whether nothing may be taken before the target has the memory that it waits for: not while who reads it has no room for it. */
    public boolean isPoolDraining(long nowNs) {
        return target != null && (overtakes >= limits.overtakesMax() || nowNs - targetSinceNs >= limits.overtakeNs()) && gate.test(target);
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
        reservation.requireQueued();
        int position = 0;
        for (Reservation at = head; at != reservation; at = at.queueNext) {
            position++;
        }
        return position;
    }

    private boolean isRefused(long tenantHash, int[] extentsPerShard, long neededBytes) {
        int bank = ledger.tiers().bankTooSmall(extentsPerShard);
        if (bank >= 0) {
            long capacity = ledger.extents().plan().extentCount(bank) * extentBytes;
            int shard = ledger.extents().plan().shardOfBank(bank);
            refusal.because(RejectReason.REQUEST_TOO_BIG, shard, extentsPerShard[shard] * extentBytes, capacity, -1);
            return true;
        }
        if (draining) {
            refusal.because(RejectReason.DRAINING, -1, neededBytes, 0, retryAfterNs());
            return true;
        }
        long quotaBytes = tenants.policy(tenantHash).quotaBytes();
        if (neededBytes > quotaBytes) {   // before its tenant has a place, which nothing would give back
            refusal.because(RejectReason.QUOTA, -1, neededBytes, quotaBytes, -1).forEver();
            return true;
        }
        bank = ledger.tiers().bankTooSmallNow(extentsPerShard);
        if (bank >= 0) {
            refuseForNow(bank, extentsPerShard);
            return true;
        }
        long roomBytes = limits.queuedBytesMax() - queuedBytes;
        if (size >= limits.queuedMax() || neededBytes > roomBytes || ledger.placesLeft() == 0) {
            refusal.because(RejectReason.OVERLOADED, -1, neededBytes, Math.max(0, roomBytes), retryAfterNs());
            return true;
        }
        return false;
    }

    /** Its tenant, if that may wait for so much more; or null, refused. */
    private TenantQueue admitted(long tenantHash, long neededBytes) {
        TenantQueue tenant = tenants.findOrNull(tenantHash);
        if (tenant == null) {
            refusal.because(RejectReason.OVERLOADED, -1, neededBytes, 0, retryAfterNs());
            return null;
        }
        long quotaLeftBytes = tenant.policy.quotaBytes() - tenant.bytes();
        if (neededBytes > quotaLeftBytes) {
            refusal.because(RejectReason.QUOTA, -1, neededBytes, quotaLeftBytes, retryAfterNs());
            return null;
        }
        return tenant;
    }

    private long retryAfterNs() {
        return Math.max(1, jitter.applyAsLong(limits.retryAfterNs()));
    }

    private void refuseForNow(int bank, int[] extentsPerShard) {
        int shard = ledger.extents().plan().shardOfBank(bank);
        long usableBytes = ledger.extents().usableCount(bank) * extentBytes;
        refusal.because(RejectReason.TOO_BIG_NOW, shard, extentsPerShard[shard] * extentBytes, usableBytes, retryAfterNs());
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
            int bank = ledger.tiers().bankTooSmallNow(reservation.extentCounts());
            if (bank < 0) {
                return false;
            }
            refuseForNow(bank, reservation.extentCounts());
        }
        remove(reservation);
        ledger.counters().rejected(refusal.reason());
        listener.onRejected(reservation, refusal);
        ledger.close(reservation, ReservationState.REJECTED);
        return true;
    }

    /**
     * One that fits and may still go past the target, already granted: other tenants' heads, then its own; or null. It
     * looks at so many of either, and at the heads after those the next time.
     */
    private Reservation overtakerOrNull(long nowNs) {
        if (isPoolDraining(nowNs) && !Canary.FIRST_FIT.isActive()) {
            return null;
        }
        int looks = Math.min(tenants.waitingCount(), LOOKAHEAD_MAX);
        for (int i = 0; i < looks; i++) {
            TenantQueue other = tenants.nextOfWalk();
            Reservation head = other == target.payer ? null : other.headOrNull();
            if (head != null && isGrantedNow(head, nowNs)) {
                return head;
            }
        }
        TenantQueue own = target.payer;
        own.rewind();
        for (int i = 0; i < LOOKAHEAD_MAX; i++) {
            Reservation at = own.nextOrNull();
            if (at == null) {
                return null;
            }
            if (at != target && isGrantedNow(at, nowNs)) {
                return at;
            }
        }
        return null;
    }

    /** One past its deadline that the sweep has not met yet is left to it. */
    private boolean isGrantedNow(Reservation reservation, long nowNs) {
        return reservation.deadlineNs() - nowNs > 0 && gate.test(reservation) && grantStep.test(reservation);
    }

    private void append(Reservation reservation, long bytes, TenantQueue tenant) {
        reservation.queued = true;
        reservation.queuedBytes = bytes;
        reservation.queuedPriority = reservation.priority();
        reservation.payer = tenant;
        tenant.waitsFor(bytes);
        tenants.join(reservation);
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
        if (!reservation.heldBack) {
            holdBack(reservation);   // out of the order first
        }
        reservation.heldBack = false;
        heldBackCount--;
        reservation.payer.waitsFor(-reservation.queuedBytes);
        reservation.payer = null;
        if (sweepNext == reservation) {
            sweepNext = after;
        }
        reservation.queuePrevious = null;
        reservation.queueNext = null;
        reservation.dequeued();
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
}
