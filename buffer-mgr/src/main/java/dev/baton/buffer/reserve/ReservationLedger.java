package dev.baton.buffer.reserve;

import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.platform.Canary;
import dev.baton.platform.Require;
import java.util.function.Consumer;

/**
 * Who has reserved what: all extents of a request, over all shards, in one tier and one step or none (DESIGN.md, decision 5;
 * PROTOCOL.md, S6). Mints reservation ids and generations, keeps at most one live reservation of a handoff (S8), and
 * lets memory go only by a legal step of {@link ReservationState}. Pure: no clock, thread or input; one owner, no
 * locks; {@link #counters()} may be read by other threads. Once warm it allocates nothing, but for a request of more
 * than 32 runs.
 */
public final class ReservationLedger {
    private final ExtentLedger extents;
    private final TierChoice tiers;
    private final ReserveCounters counters = new ReserveCounters();
    private final Reservation[] slots;
    private final int[] freeSlots;
    private final HandoffIndex handoffs;
    private final int slotBits;
    private final int shardCount;
    private int freeSlotCount;
    private int generations;
    private long minted;

    /**
     * @param incarnation     of this process; the first half of every reservation id
     * @param reservationsMax most live reservations, queued ones included
     */
    public ReservationLedger(ExtentLedger extents, long incarnation, int reservationsMax) {
        Require.between("reservationsMax", reservationsMax, 1, 1 << 20);
        this.extents = extents;
        tiers = new TierChoice(extents);
        shardCount = extents.plan().shardCount();
        slotBits = 32 - Integer.numberOfLeadingZeros(reservationsMax - 1);
        slots = new Reservation[reservationsMax];
        freeSlots = new int[reservationsMax];
        handoffs = new HandoffIndex(reservationsMax, incarnation);
        for (int slot = reservationsMax - 1; slot >= 0; slot--) {
            slots[slot] = new Reservation(slot, shardCount, incarnation);
            freeSlots[freeSlotCount++] = slot;
        }
    }

    public ExtentLedger extents() {
        return extents;
    }

    public ReserveCounters counters() {
        return counters;
    }

    /** Of this process. */
    public long incarnation() {
        return slots[0].incarnation();
    }

    public int liveCount() {
        return slots.length - freeSlotCount;
    }

    /** How many more {@link #open} would find a place for. */
    public int placesLeft() {
        return freeSlotCount;
    }

    /**
     * Opens a reservation that holds nothing yet: QUEUED, with an id of its own.
     *
     * @param extentsPerShard extents to take on each shard, declared growth included; 0 where a shard has no part
     * @return the reservation, or null when {@code reservationsMax} are live
     * @throws IllegalStateException    if the handoff has a live reservation;
     *                                  {@link #findOrNull(long, long, long, int)} first
     * @throws IllegalArgumentException if the counts are not one a shard, are negative, or are all 0
     */
    public Reservation open(long tenantHash, long requestHigh, long requestLow, int attempt, int[] extentsPerShard) {
        requireCounts(extentsPerShard);
        int home = handoffs.home(tenantHash, requestHigh, requestLow, attempt);
        Reservation live = handoffs.findOrNull(home, tenantHash, requestHigh, requestLow, attempt);
        if (live != null && !Canary.DUPLICATE_RESERVE_ALLOCATES.isActive()) {
            throw new IllegalStateException("the handoff has a reservation: " + live);
        }
        if (freeSlotCount == 0) {
            return null;
        }
        Reservation opened = slots[freeSlots[--freeSlotCount]];
        opened.open((++minted << slotBits) | opened.slot(), tenantHash, requestHigh, requestLow, attempt,
            extentsPerShard);
        handoffs.add(opened, home);
        counters.moved(null, ReservationState.QUEUED);
        return opened;
    }

    /** The live reservation with this id, or null: a former one's id finds nothing. */
    public Reservation findOrNull(long reservationId) {
        int slot = (int) (reservationId & ((1L << slotBits) - 1));
        return reservationId > 0 && slot < slots.length && slots[slot].id() == reservationId ? slots[slot] : null;
    }

    /** The live reservation of this handoff, or null. */
    public Reservation findOrNull(long tenantHash, long requestHigh, long requestLow, int attempt) {
        return handoffs.findOrNull(tenantHash, requestHigh, requestLow, attempt);
    }

    /** Which tier a request can go to. */
    public TierChoice tiers() {
        return tiers;
    }

    /** QUEUED to GRANTED without cached blocks; see {@link #tryGrant(Reservation, RunList[], int[])}. */
    public boolean tryGrant(Reservation reservation) {
        requireLive(reservation, ReservationState.GRANTED);
        int tierIndex = tiers.fittingNow(reservation.extentCounts());
        if (tierIndex < 0) {
            return false;
        }
        take(reservation, tierIndex);
        return true;
    }

    /**
     * QUEUED to GRANTED in one step: pins the cached blocks, takes the rest on every shard, evicting what is idle where
     * too little is free, and stamps a new generation. When it does not fit, nothing at all has changed: no pin, no
     * eviction. The tier is that of the cached blocks.
     *
     * @param heldPerShard    SEALED runs of one tier that hold blocks of this request already, one list a shard; each
     *                        extent once
     * @param extentsPerShard what is then still to be taken, in place of what the request was opened with
     */
    public boolean tryGrant(Reservation reservation, RunList[] heldPerShard, int[] extentsPerShard) {
        requireLive(reservation, ReservationState.GRANTED);
        requireShards("heldPerShard.length", heldPerShard.length);
        requireShards("extentsPerShard.length", extentsPerShard.length);
        int tierIndex = tiers.ofHeld(heldPerShard);
        for (int shard = 0; shard < shardCount; shard++) {
            Require.atLeast("extentsPerShard", extentsPerShard[shard], 0);
            int idle = 0;
            for (int i = 0; i < heldPerShard[shard].size(); i++) {
                idle += extents.idleCount(heldPerShard[shard].run(i));
            }
            if (extents.availableCount(extents.plan().bank(tierIndex, shard)) - idle < extentsPerShard[shard]) {
                return false;
            }
        }
        for (int shard = 0; shard < shardCount; shard++) {
            for (int i = 0; i < heldPerShard[shard].size(); i++) {
                extents.hold(heldPerShard[shard].run(i));
                reservation.heldRuns().add(heldPerShard[shard].run(i));
            }
            reservation.heldRunsEnd(shard);
            reservation.extentCount(shard, extentsPerShard[shard]);
        }
        take(reservation, tierIndex);
        return true;
    }

    /** An address of it is about to be told: from here only fencing frees it. */
    public void reveal(Reservation reservation) {
        if (reservation.state() != ReservationState.GRANTED && reservation.state() != ReservationState.RECEIVING) {
            throw new IllegalStateException("only a granted reservation has addresses to tell: " + reservation);
        }
        reservation.revealed();
    }

    /**
     * A step that moves no memory: to RECEIVING, VERIFYING, READY, TAKEN, REVOKING, FENCING, or FENCED from the first
     * two of these last three.
     *
     * @throws IllegalStateException if the table has no such step, or the step moves memory and has a method of its own
     */
    public void step(Reservation reservation, ReservationState next) {
        requireLive(reservation, next);
        boolean movesMemory = next == ReservationState.GRANTED || next == ReservationState.QUARANTINED ||
            next.isTerminal() || reservation.state() == ReservationState.QUARANTINED;
        if (movesMemory) {
            throw new IllegalStateException("this step moves memory and has a method of its own: next=" + next + " " +
                reservation);
        }
        become(reservation, next);
    }

    /**
     * OWNED to SEALED, with this reservation as holder: extents that hold whole verified blocks of the prompt and
     * nothing else. In VERIFYING (about to be READY), or in FENCED, where it was rechecked after all writers had
     * stopped.
     *
     * @param firstLinearExtent where they start in the shard's linear space
     */
    public void seal(Reservation reservation, int shard, int firstLinearExtent, int extentCount) {
        if (reservation.state() != ReservationState.VERIFYING && reservation.state() != ReservationState.FENCED) {
            throw new IllegalStateException("only verified blocks are sealed, with no writer left: " + reservation);
        }
        Require.between("firstLinearExtent", firstLinearExtent, 0, reservation.extentCount(shard));
        Require.between("extentCount", extentCount, 0, reservation.extentCount(shard) - firstLinearExtent);
        int rest = extentCount;
        int at = firstLinearExtent;
        while (rest > 0) {
            long run = reservation.locate(shard, at);
            int count = Math.min(rest, ExtentRun.extentCount(run));
            extents.seal(ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run), count), reservation.owner());
            reservation.sealedMore(count);
            at += count;
            rest -= count;
        }
    }

    /** FENCING to QUARANTINED: what it held is dropped, and the extents it owns are nobody's to use until {@link #confirmFenced(Reservation)}. */
    public void quarantine(Reservation reservation) {
        requireLive(reservation, ReservationState.QUARANTINED);
        for (int i = 0; i < reservation.runs().size(); i++) {
            forOwned(reservation, reservation.runs().run(i), ReservationState.QUARANTINED);
        }
        dropHeld(reservation);
        become(reservation, ReservationState.QUARANTINED);
    }

    /** QUARANTINED to FENCED: evidence came late; the extents are its own again. */
    public void confirmFenced(Reservation reservation) {
        if (reservation.state() != ReservationState.QUARANTINED) {
            throw new IllegalStateException("only a quarantined reservation is confirmed late: " + reservation);
        }
        for (int i = 0; i < reservation.runs().size(); i++) {
            forOwned(reservation, reservation.runs().run(i), ReservationState.FENCED);
        }
        become(reservation, ReservationState.FENCED);
    }

    /**
     * The end: holds are dropped (sealed extents stay, evictable once nobody holds them), the extents it still owns
     * become FREE, and the object is given to the next. Its state can be read until then.
     *
     * @param terminal RELEASED, ABORTED or REJECTED
     * @throws IllegalStateException if the table has no such step, or addresses were revealed and nothing was fenced
     *                               (S3)
     */
    public void close(Reservation reservation, ReservationState terminal) {
        requireLive(reservation, terminal);
        if (!terminal.isTerminal()) {
            throw new IllegalStateException("not an end: next=" + terminal + " " + reservation);
        }
        if (reservation.state() == ReservationState.GRANTED && reservation.isRevealed()) {
            throw new IllegalStateException("addresses were revealed; revoke and fence it first: " + reservation);
        }
        if (reservation.queued) {
            throw new IllegalStateException("still in the admission queue; take it out there: " + reservation);
        }
        extents.beginStep();
        try {
            giveBack(reservation, terminal);
        } finally {
            extents.endStep();
        }
        become(reservation, terminal);
        handoffs.remove(reservation);
        reservation.placeBack();
        reservation.forget();
        freeSlots[freeSlotCount++] = reservation.slot();
    }

    /** Calls {@code visitor} with every live reservation, in no order; for stats, draining and tests, not for each cycle. */
    public void forEachLive(Consumer<Reservation> visitor) {
        for (Reservation reservation : slots) {
            if (reservation.id() > 0) {
                visitor.accept(reservation);
            }
        }
    }

    /** Bytes of heap for the reservations and their index, extents not counted. */
    public long bookkeepingBytes() {
        long bytes = handoffs.bookkeepingBytes() + 4L * freeSlots.length + 4L * slots.length;
        for (Reservation reservation : slots) {
            bytes += reservation.bookkeepingBytes();
        }
        return bytes;
    }

    /**
     * Walks every extent and every reservation; for tests and simulation.
     *
     * @throws IllegalStateException if S1 does not hold, or a reservation's extents are not as its state says
     */
    public void checkInvariants() {
        LedgerCheck.check(this);
    }

    /** All of it from the banks of one tier, where it fits. */
    private void take(Reservation reservation, int tierIndex) {
        generations = generations == -1 ? 1 : generations + 1;
        reservation.granted(generations, extents.plan().tier(tierIndex));
        long owner = reservation.owner();
        RunList runs = reservation.runs();
        long evicted = 0;
        extents.beginStep();
        try {
            for (int shard = 0; shard < shardCount; shard++) {
                int count = reservation.extentCount(shard);
                if (count > 0 && !(Canary.ONE_SHARD_MISSING.isActive() && shard > 0)) {
                    int bank = extents.plan().bank(tierIndex, shard);
                    evicted += Math.max(0, count - extents.freeCount(bank));
                    extents.takeInStep(bank, count, owner, runs);
                }
                reservation.runsEnd(shard);
            }
        } finally {
            extents.endStep();
        }
        become(reservation, ReservationState.GRANTED);
        counters.granted(tierIndex > 0, evicted, extents.counts().unavailable() * extents.plan().extentBytes());
    }

    /** Frees what it owns, drops what it holds. */
    private void giveBack(Reservation reservation, ReservationState terminal) {
        RunList runs = reservation.runs();
        if (reservation.sealedExtentCount() == 0) {
            long owner = reservation.owner();
            for (int i = Canary.RUN_LEAKED.isActive() ? 1 : 0; i < runs.size(); i++) {
                extents.releaseInStep(runs.run(i), owner);
            }
        } else {
            // From the end: what is dropped first is evicted first.
            for (int i = runs.size() - 1; i >= 0; i--) {
                forOwned(reservation, runs.run(i), terminal);
            }
        }
        dropHeld(reservation);
    }

    /** What it held and nobody will read any more is others' to use: a reservation may be quarantined for good. */
    private void dropHeld(Reservation reservation) {
        RunList held = reservation.heldRuns();
        for (int i = held.size() - 1; i >= 0; i--) {
            extents.drop(held.run(i));
        }
        reservation.heldDropped();
    }

    /** Moves the extents of a run that are not sealed as the next state wants; at the end, drops those that are. */
    private void forOwned(Reservation reservation, long run, ReservationState next) {
        if (reservation.sealedExtentCount() == 0) {
            moveOwned(run, reservation.owner(), next);
            return;
        }
        long rest = run;
        while (ExtentRun.extentCount(rest) > 0) {
            boolean sealed = extents.isFirst(rest, ExtentState.SEALED);
            long part = extents.uniformPart(rest, ExtentState.SEALED);
            int count = ExtentRun.extentCount(part);
            if (!sealed) {
                moveOwned(part, reservation.owner(), next);
            } else if (next.isTerminal()) {
                extents.drop(part);
            }
            rest = ExtentRun.of(ExtentRun.slabId(rest), ExtentRun.firstExtent(rest) + count,
                ExtentRun.extentCount(rest) - count);
        }
    }

    private void moveOwned(long run, long owner, ReservationState next) {
        switch (next) {
            case QUARANTINED -> extents.quarantine(run, owner);
            case FENCED -> extents.recover(run, owner);
            default -> extents.release(run, owner);
        }
    }

    private void become(Reservation reservation, ReservationState next) {
        counters.moved(reservation.state(), next);
        reservation.state(next);
    }

    private void requireLive(Reservation reservation, ReservationState next) {
        if (reservation.id() <= 0) {
            throw new IllegalStateException("this reservation is over: next=" + next + " slot=" + reservation.slot());
        }
        if (!reservation.state().mayBecome(next)) {
            throw new IllegalStateException("illegal step of a reservation: next=" + next + " " + reservation);
        }
    }

    void requireCounts(int[] extentsPerShard) {
        requireShards("extentsPerShard.length", extentsPerShard.length);
        long total = 0;
        for (int count : extentsPerShard) {
            Require.atLeast("extentsPerShard", count, 0);
            total += count;
        }
        Require.atLeast("extentCount", total, 1);
    }

    private void requireShards(String name, int length) {
        if (length != shardCount) {
            throw new IllegalArgumentException(name + " must be one a shard: " + name + "=" + length + " shardCount=" +
                shardCount);
        }
    }
}
