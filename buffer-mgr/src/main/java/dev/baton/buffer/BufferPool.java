package dev.baton.buffer;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.StagingPool;
import dev.baton.buffer.reserve.StreamingWindow;
import dev.baton.buffer.reserve.WholeRequestStaging;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.Slab;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The one pool of a process, whatever roles it has, cut into fixed shares before it is opened. What reservations take
 * cannot come out of staging, nor the other way round; the two ways of staging share nothing either (PROTOCOL.md,
 * section 6). Slab ids run through all shares.
 * <pre>
 *   | reservations, shard 0 | shard 1 | ... | streaming window | whole-request staging |     of the roles that are there
 *   | spill, shard 0 | shard 1 | ... |        behind it, where told: reservations that the fast tier has no room for
 * </pre>
 * First each role says what it needs, then any of them opens, once; one thread does both and closes. Afterwards
 * reservations belong to the thread that grants, staging to the engine's; addresses and {@link #stats()} are for any.
 */
public final class BufferPool implements AutoCloseable {
    /** Name under which the memory ledger counts all shares. */
    public static final String OWNER = "pool";

    private int shardCount;
    private ShardRange shardsHere;
    private long poolBytesPerShard;
    private int extentBytes;
    private int reservationsMax;
    private Path directoryOrNull;
    private long spillBytesPerShard;
    private Path spillDirectoryOrNull;
    private long windowBytes;
    private long wholeBytes;
    private long grainBytes;
    private SlabPool slabs;
    private SlabPool windowMemory;
    private SlabPool wholeMemory;
    private ReservationLedger reservations;
    private StagingPool staging;
    private SealedPrefixes sealed;
    private Path mappableOrNull;
    private long incarnation;
    private boolean isOpen;

    /**
     * Says how large the whole pool is and that reservations take what staging leaves of it.
     *
     * @param bytesPerShard   of the whole pool, once for each shard; the rest after staging is split evenly and cut
     *                        down to whole extents
     * @param bytesOfExtent   unit of allocation
     * @param reservationsLimit most live reservations, queued ones included
     * @param directory       of the slab files of all shares; null for anonymous memory
     */
    public BufferPool reserve(int shards, long bytesPerShard, int bytesOfExtent, int reservationsLimit,
        Path directory) {
        requireNew(shardCount, "reservations");
        shardCount = shards;
        poolBytesPerShard = bytesPerShard;
        extentBytes = bytesOfExtent;
        reservationsMax = reservationsLimit;
        directoryOrNull = directory;
        shardsHere = ShardRange.all(shards);
        return this;
    }

    /** Says that only these shards' memory is in this process; that of the others is not opened. */
    public BufferPool here(ShardRange shards) {
        if (shards.last() >= shardCount) {
            throw new IllegalArgumentException("there are no such shards: shards=" + shards + " shardCount=" +
                shardCount);
        }
        shardsHere = shards;
        return this;
    }

    /**
     * Says that reservations have a second, slower tier beside the pool.
     *
     * @param bytesPerShard of it, cut down to whole extents; at least one extent
     * @param directory     of its slab files
     */
    public BufferPool spill(long bytesPerShard, Path directory) {
        requireNew(spillBytesPerShard, "spill");
        spillBytesPerShard = bytesPerShard;
        spillDirectoryOrNull = directory;
        return this;
    }

    /** The receiving end says what of prompts lies in its share. Before the node's first session. */
    public void sealed(SealedPrefixes value) {
        sealed = value;
    }

    /** Null where nothing is received, or nothing of it kept. */
    public SealedPrefixes sealedOrNull() {
        return sealed;
    }

    /**
     * Says how much of the pool staging takes; without reservations this is the whole of it.
     *
     * @param bytesOfWindow of handoffs whose memory is granted first
     * @param bytesOfWhole  of whole requests that are prefilled first
     * @param bytesOfGrain  units are whole multiples of this
     */
    public BufferPool stage(long bytesOfWindow, long bytesOfWhole, long bytesOfGrain) {
        requireNew(grainBytes, "staging");
        windowBytes = bytesOfWindow;
        wholeBytes = bytesOfWhole;
        grainBytes = bytesOfGrain;
        return this;
    }

    /**
     * Says that other processes of this user are to map the slabs: where nobody named a directory for their files, they go there.
     *
     * @param directory null for no such wish
     */
    public BufferPool mappableIn(Path directory) {
        mappableOrNull = directory;
        return this;
    }

    /**
     * Where those bytes lie for another process.
     *
     * @throws IllegalStateException if no other process can map them; the message says what to do
     */
    public SlabPlace place(long address) {
        for (SlabPool memory : new SlabPool[] {slabs, windowMemory, wholeMemory}) {
            for (Slab slab : memory == null ? List.<Slab>of() : memory.slabs()) {
                long offset = address - slab.address();
                if (offset >= 0 && offset < slab.spec().lengthBytes()) {
                    SlabPlan plan = memory.plan();
                    if (directoryOrNull == null || plan.tierIndexOfBank(plan.bank(slab.spec().slabId())) > 0) {
                        throw new IllegalStateException("no other process can map this memory; name a directory for staging (--staging-dir), " +
                            "and read nothing out of a spill tier: slabId=" + slab.spec().slabId() + " directory=" + directoryOrNull);
                    }
                    return new SlabPlace(incarnation, slab.spec().slabId(), slab.spec().lengthBytes(), offset);
                }
            }
        }
        throw new IllegalArgumentException("not of this pool: address=0x" + Long.toHexString(address));
    }

    /**
     * Opens all shares, touched, everything free; again: no effect.
     *
     * @throws IllegalArgumentException if staging leaves less than an extent of each shard for reservations
     * @throws IllegalStateException    if there is too little space; the message says how much is needed, is there,
     *                                  and what to do
     */
    public BufferPool open(MemoryLedger ledger, long ofIncarnation) {
        if (isOpen) {
            return this;
        }
        incarnation = ofIncarnation;
        directoryOrNull = directoryOrNull == null ? mappableOrNull : directoryOrNull;
        int slabCount = 0;
        SlabPlan reserved = null;
        SlabPlan window = null;
        SlabPlan whole = null;
        if (shardCount > 0) {
            reserved = SlabPlan.even(shardCount, reservedBytesPerShard(), extentBytes, 0);
            reserved = spillBytesPerShard == 0 ? reserved : reserved.withSpill(spillBytesPerShard);
            slabCount = reserved.slabCount();
        }
        if (grainBytes > 0) {
            window = stagingPlan(windowBytes, slabCount);
            whole = stagingPlan(wholeBytes, slabCount + window.slabCount());
        }
        if (directoryOrNull != null) {
            // For all shares at once: of three checks, each after the pages of the last, none would name the whole.
            SlabPool.requireSpace(Regions.privateDirectory(directoryOrNull), (reserved == null ? 0
                : (directoryOrNull.equals(spillDirectoryOrNull) ? reserved.lengthBytes() : reserved.tierBytes(0)) /
                    shardCount * shardsHere.count()) +
                lengthBytes(window) + lengthBytes(whole));
        }
        try {
            slabs = memory(ledger, reserved, shardsHere);
            windowMemory = memory(ledger, window, ShardRange.all(1));
            wholeMemory = memory(ledger, whole, ShardRange.all(1));
        } catch (RuntimeException | Error ex) {
            closeMemory(ex);
            throw ex;
        }
        if (reserved != null) {
            reservations = new ReservationLedger(new ExtentLedger(reserved), incarnation, reservationsMax);
        }
        if (window != null) {
            staging = new StagingPool(new StreamingWindow(window), new WholeRequestStaging(whole));
        }
        isOpen = true;
        return this;
    }

    /** Memory of the reservations. */
    public SlabPool slabs() {
        return slabs;
    }

    public ReservationLedger reservations() {
        return reservations;
    }

    /** Both ways of staging, each with a share of its own. */
    public StagingPool staging() {
        return staging;
    }

    public SlabPool windowMemory() {
        return windowMemory;
    }

    public SlabPool wholeMemory() {
        return wholeMemory;
    }

    /** All shares together; they add up, for each was read once. */
    public ShareStats total() {
        ShareStats total = windowStats().plus(wholeStats());
        for (ShareStats tier : tierStats()) {
            total = total.plus(tier);
        }
        return total;
    }

    /** The pool and, within it, each share, by name; numbers and maps of numbers. */
    public Map<String, Object> stats() {
        ShareStats[] reserved = tierStats();
        ShareStats window = windowStats();
        ShareStats whole = wholeStats();
        ShareStats total = window.plus(whole);
        for (ShareStats tier : reserved) {
            total = total.plus(tier);
        }
        Map<String, Object> stats = new LinkedHashMap<>(total.describe());
        if (reserved.length > 0) {
            stats.put("reservations", reserved[0].describe());
        }
        if (reserved.length > 1) {
            stats.put("spill", reserved[1].describe());
        }
        if (staging != null) {
            stats.put("window", window.describe());
            stats.put("wholeStaging", whole.describe());
        }
        return stats;
    }

    /** Gives the memory of all shares back; again: no effect. */
    @Override
    public void close() {
        RuntimeException failure = new IllegalStateException("the pool could not be closed");
        closeMemory(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private long reservedBytesPerShard() {
        long poolBytes = Math.multiplyExact(poolBytesPerShard, shardCount);
        long perShard = grainBytes == 0 ? poolBytesPerShard : (poolBytes - windowBytes - wholeBytes) / shardCount;
        if (grainBytes > 0 && perShard < extentBytes) {
            throw new IllegalArgumentException("staging leaves no extent of each shard for reservations: poolBytes=" +
                poolBytes + " windowBytes=" + windowBytes + " wholeStagingBytes=" + wholeBytes + " shards=" +
                shardCount + " extentBytes=" + extentBytes +
                "; enlarge the pool, or make the window or the whole-request staging smaller");
        }
        return perShard;
    }

    private SlabPlan stagingPlan(long lengthBytes, int firstSlabId) {
        return new SlabPlan(new long[] {lengthBytes}, grainBytes, SlabPlan.SLAB_BYTES_MAX, firstSlabId, Tier.DRAM);
    }

    private SlabPool memory(MemoryLedger ledger, SlabPlan plan, ShardRange shards) {
        return plan == null ? null : SlabPool.open(ledger, OWNER, plan, shards, directoryOrNull, spillDirectoryOrNull,
            incarnation);
    }

    private void closeMemory(Throwable cause) {
        for (SlabPool memory : new SlabPool[] {wholeMemory, windowMemory, slabs}) {
            try {
                if (memory != null) {
                    memory.close();
                }
            } catch (RuntimeException ex) {
                cause.addSuppressed(ex);
            }
        }
    }

    /** One for each tier of reservations, all of one moment. */
    private ShareStats[] tierStats() {
        if (reservations == null) {
            return new ShareStats[0];
        }
        ExtentLedger extents = reservations.extents();
        ExtentTotals[] totals = extents.counts().totalsByTier(extents.plan().tierCount());
        ShareStats[] stats = new ShareStats[totals.length];
        for (int tierIndex = 0; tierIndex < totals.length; tierIndex++) {
            stats[tierIndex] = ShareStats.of(totals[tierIndex], extentBytes);
        }
        return stats;
    }

    private ShareStats windowStats() {
        return staging == null ? ShareStats.NONE : ShareStats.staging(staging.window().plan().lengthBytes(),
            staging.window().usedCount(0) * grainBytes, staging.window().keptCount() * grainBytes,
            staging.window().pinnedCount() * grainBytes);
    }

    private ShareStats wholeStats() {
        return staging == null ? ShareStats.NONE : ShareStats.staging(staging.whole().plan().lengthBytes(),
            staging.whole().usedCount(0) * grainBytes, staging.whole().keptCount() * grainBytes,
            staging.whole().pinnedCount() * grainBytes);
    }

    private static long lengthBytes(SlabPlan plan) {
        return plan == null ? 0 : plan.lengthBytes();
    }

    private void requireNew(long declared, String what) {
        if (isOpen || declared != 0) {
            throw new IllegalStateException("a pool has one share of each kind, named before it is opened: share=" +
                what);
        }
    }
}
