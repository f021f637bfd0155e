package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.Tier;
import dev.baton.memory.RunList;
import java.util.Arrays;

/**
 * All extents of one request over all shards, from the moment it is queued to the moment nothing of it is held. Opened,
 * changed and closed by its {@link ReservationLedger}, whose thread owns it; reused afterwards, so nobody keeps one
 * past its terminal state ({@link #id()} tells a later tenant of the same object apart). Data agents may read its runs
 * from the time they are handed it until they acknowledge that it is revoked.
 * <p>
 * Each shard's extents, run after run, are that shard's <em>linear space</em>: linear extent 0 is the first extent of
 * its first run.
 */
public final class Reservation {
    static final int RUNS_KEPT = 32;

    private final int slot;
    private final int[] extentCounts;
    private final int[] runStarts;
    private final RunList runs = new RunList(RUNS_KEPT);
    private final int[] heldStarts;
    private final RunList heldRuns = new RunList(0);
    private final long incarnation;
    private long id;
    private int generation;
    private Tier tierOrNull;
    private ReservationState state = ReservationState.REJECTED;
    private long tenantHash;
    private long requestHigh;
    private long requestLow;
    private int attempt;
    private int priority;
    private long arrivalNs;
    private long deadlineNs;
    private long sealedExtents;
    private boolean revealed;
    private Object attachment;

    Reservation queuePrevious;
    Reservation queueNext;
    boolean queued;
    /** In the queue, and not yet in its tenant's order. */
    boolean heldBack;
    long queuedBytes;
    int queuedPriority;
    Reservation levelPrevious;
    Reservation levelNext;
    /** The tenant that waits for it and then pays for it; null where no queue counts. */
    TenantQueue payer;
    /** Who else it counts for while it {@link #isCounted}: the peer that asked, and its tenant; null where nobody counts. */
    private PlaceCount peerPlaces;
    private PlaceCount tenantPlaces;
    private boolean isCounted;
    /** Where {@link HandoffIndex} begins to look for it. */
    int home;

    Reservation(int slot, int shardCount, long incarnation) {
        this.slot = slot;
        this.incarnation = incarnation;
        extentCounts = new int[shardCount];
        runStarts = new int[shardCount + 1];
        heldStarts = new int[shardCount + 1];
    }

    /**
     * Counter part of the reservation id; with {@link #incarnation()} it is never used twice. Positive while it lives.
     */
    public long id() {
        return id;
    }

    /** Incarnation part of the reservation id: that of the process which minted it. */
    public long incarnation() {
        return incarnation;
    }

    /** Stamp on its extents; given at the grant, 0 before. */
    public int generation() {
        return generation;
    }

    public ReservationState state() {
        return state;
    }

    /** Where all of it lies, on every shard; null before the grant. */
    public Tier tierOrNull() {
        return tierOrNull;
    }

    /** Whether it waits outside the order of its tenant's requests: {@link AdmissionQueue#holdBack}. */
    public boolean isHeldBack() {
        return heldBack;
    }

    public long tenantHash() {
        return tenantHash;
    }

    public long requestHigh() {
        return requestHigh;
    }

    public long requestLow() {
        return requestLow;
    }

    public int attempt() {
        return attempt;
    }

    /** Higher is more urgent. */
    public int priority() {
        return priority;
    }

    public Reservation priority(int value) {
        priority = value;
        return this;
    }

    public long arrivalNs() {
        return arrivalNs;
    }

    public Reservation arrivalNs(long value) {
        arrivalNs = value;
        return this;
    }

    /** When it is past waiting, on the clock of {@link #arrivalNs()}. */
    public long deadlineNs() {
        return deadlineNs;
    }

    public Reservation deadlineNs(long value) {
        deadlineNs = value;
        return this;
    }

    /** Whatever its owner wants to find again from it; forgotten at the end. */
    public Object attachment() {
        return attachment;
    }

    public Reservation attachment(Object value) {
        attachment = value;
        return this;
    }

    /** Counts it for these two from now until its end, in place of those before; null for nobody. */
    public void countFor(PlaceCount peer, PlaceCount tenant) {
        count(-1);
        countQueued(-1);
        peerPlaces = peer;
        tenantPlaces = tenant;
        isCounted = true;
        count(1);
        countQueued(1);
    }

    /** The peer that it counts for, or did until it ended; null for nobody. */
    public PlaceCount peerPlacesOrNull() {
        return peerPlaces;
    }

    private void count(int sign) {
        if (isCounted && peerPlaces != null) {
            peerPlaces.add(sign);
        }
        if (isCounted && tenantPlaces != null) {
            tenantPlaces.add(sign);
        }
    }

    private void countQueued(int sign) {
        if (isCounted && queued && peerPlaces != null) {
            peerPlaces.addQueued(sign, sign * queuedBytes);
        }
        if (isCounted && queued && tenantPlaces != null) {
            tenantPlaces.addQueued(sign, sign * queuedBytes);
        }
    }

    void requireQueued() {
        if (!queued) {
            throw new IllegalStateException("not in the admission queue: " + this);
        }
    }

    void requireQueued(boolean isHeldBack) {
        requireQueued();
        if (heldBack != isHeldBack) {
            throw new IllegalStateException("heldBack must be " + isHeldBack + ": " + this);
        }
    }

    /** It waits no more. */
    void dequeued() {
        countQueued(-1);
        queued = false;
    }

    /** Whoever it counted for has its place back, and its tenant what it paid. */
    void placeBack() {
        count(-1);
        isCounted = false;
        if (payer != null) {
            payer.released(queuedBytes);
        }
    }

    /** Whether an address of it was told to a peer: from then on time alone never frees it (PROTOCOL.md, S3). */
    public boolean isRevealed() {
        return revealed;
    }

    public int shardCount() {
        return extentCounts.length;
    }

    /**
     * Extents of its own that it asks for, or holds, on one shard: prompt and declared growth, held blocks not counted.
     */
    public int extentCount(int shard) {
        return extentCounts[shard];
    }

    /** Extents of its own over all shards. */
    public long extentCount() {
        long count = 0;
        for (int extents : extentCounts) {
            count += extents;
        }
        return count;
    }

    /** Runs of one shard; 0 before the grant. */
    public int runCount(int shard) {
        return runStarts[shard + 1] - runStarts[shard];
    }

    /** A packed {@link dev.baton.memory.ExtentRun} of one shard, {@code runIndex} from 0. */
    public long run(int shard, int runIndex) {
        return runs.run(runStarts[shard] + runIndex);
    }

    /**
     * Where a linear extent of one shard lies: the rest of its run, starting at it, packed.
     *
     * @throws IndexOutOfBoundsException if the shard has no such extent
     */
    public long locate(int shard, int linearExtent) {
        return runs.locate(runStarts[shard], runStarts[shard + 1], linearExtent);
    }

    /** Runs of cached blocks that it holds on one shard beside its own. */
    public int heldRunCount(int shard) {
        return heldStarts[shard + 1] - heldStarts[shard];
    }

    public long heldRun(int shard, int runIndex) {
        return heldRuns.run(heldStarts[shard] + runIndex);
    }

    /** Extents of its own that are SEALED by now. */
    public long sealedExtentCount() {
        return sealedExtents;
    }

    /** Bytes of heap, the runs included. */
    public long bookkeepingBytes() {
        return 188 + 3 * 16 + 4L * (extentCounts.length + runStarts.length + heldStarts.length) +
            runs.bookkeepingBytes() + heldRuns.bookkeepingBytes();
    }

    /** For messages. */
    @Override
    public String toString() {
        return "reservationId=" + Long.toHexString(incarnation) + ":" + id + " state=" + state +
            " request=" + Long.toHexString(requestHigh) + Long.toHexString(requestLow) + "/" + attempt +
            " extentCount=" + extentCount();
    }

    public int slot() {
        return slot;
    }

    long owner() {
        return ExtentLedger.owner(slot, generation);
    }

    RunList runs() {
        return runs;
    }

    RunList heldRuns() {
        return heldRuns;
    }

    void runsEnd(int shard) {
        runStarts[shard + 1] = runs.size();
    }

    void heldDropped() {
        heldRuns.clear();
        Arrays.fill(heldStarts, 0);
    }

    void heldRunsEnd(int shard) {
        heldStarts[shard + 1] = heldRuns.size();
    }

    void open(long newId, long tenant, long high, long low, int attemptNumber, int[] extentsPerShard) {
        id = newId;
        tenantHash = tenant;
        requestHigh = high;
        requestLow = low;
        attempt = attemptNumber;
        System.arraycopy(extentsPerShard, 0, extentCounts, 0, extentCounts.length);
        state = ReservationState.QUEUED;
        generation = 0;
        tierOrNull = null;
        priority = 0;
        sealedExtents = 0;
        revealed = false;
    }

    void extentCount(int shard, int count) {
        extentCounts[shard] = count;
    }

    int[] extentCounts() {
        return extentCounts;
    }

    void granted(int newGeneration, Tier tier) {
        generation = newGeneration;
        tierOrNull = tier;
    }

    void state(ReservationState next) {
        state = next;
    }

    void sealedMore(long count) {
        sealedExtents += count;
    }

    void revealed() {
        revealed = true;
    }

    void forget() {
        id = -1;
        attachment = null;
        payer = null;
        runs.clearAndTrim(RUNS_KEPT);
        Arrays.fill(runStarts, 0);
        if (!heldRuns.isEmpty()) {
            heldRuns.clearAndTrim(RUNS_KEPT);
            Arrays.fill(heldStarts, 0);
        }
    }
}
