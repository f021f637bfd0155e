package dev.baton.sender.engine;

import java.util.List;
import java.util.function.BooleanSupplier;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.SlabPlace;
import dev.baton.buffer.index.BlockTable;
import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.buffer.reserve.StagingPool;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.Slab;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.transport.Transport;

/**
 * A sender's shares of its process's pool: the window of destination-first handoffs and, apart from it, what
 * source-first ones reserve whole. The pool's owner opens and closes it; between that the engine's thread alone takes
 * and gives. In each share blocks stay where they were staged ({@link KeptBlocks}), and go whenever a taker needs the room.
 */
public final class Staging {
    /** Units are whole multiples of this. */
    public static final long GRAIN_BYTES = 64 << 10;

    private final BufferPool shared;
    private final StagingPool pool;
    private final SlabPool windowMemory;
    private final SlabPool wholeMemory;
    private final HitRule rule;
    private final KeptCounters counters = new KeptCounters();
    private final KeptBlocks windowKept;
    private final KeptBlocks wholeKept;
    private BooleanSupplier endLeases = () -> false;

    /**
     * The shares of a pool that is open.
     *
     * @param shards of the layout that this process has
     */
    public Staging(BufferPool shared, ShardedLayout layout, ShardRange shards) {
        this.shared = shared;
        pool = shared.staging();
        windowMemory = shared.windowMemory();
        wholeMemory = shared.wholeMemory();
        rule = new HitRule(layout.layout());
        windowKept = new KeptBlocks(namesMax(layout, shards, rule, pool.window().plan()), rule, run -> pool.window().free(0, run), counters);
        wholeKept = new KeptBlocks(namesMax(layout, shards, rule, pool.whole().plan()), rule, run -> pool.whole().free(0, run), counters);
        pool.window().keeping(windowKept::extents, windowKept::pinnedExtents);
        pool.whole().keeping(wholeKept::extents, wholeKept::pinnedExtents);
    }

    /** Each name's part of a block lies in it somewhere; and no more units are in it than grains. */
    private static int namesMax(ShardedLayout layout, ShardRange shards, HitRule rule, SlabPlan share) {
        int shardCount = layout.sharding().count();
        int ofLayout = BlockTable.capacity(layout.layout(), layout.sharding(), rule, share.lengthBytes() / shards.count() * shardCount);
        return (int) Math.min(ofLayout, (long) share.extentCount(0) * rule.partCount());
    }

    /** Tells a transport where all of it lies, so that it is read in place. */
    public void registerWith(Transport transport) {
        for (SlabPool memory : List.of(windowMemory, wholeMemory)) {
            for (Slab slab : memory.slabs()) {
                transport.registerSource(slab.address(), slab.spec().lengthBytes());
            }
        }
    }

    /** Units that the window can hold at once, at most. */
    public int windowUnitsMax() {
        return pool.window().plan().extentCount(0);
    }

    /** Bytes of the window that may be taken now, in whatever pieces: what is kept for nobody in particular among them. */
    public long windowFreeBytes() {
        return windowFreeExtents() * GRAIN_BYTES;
    }

    int windowFreeExtents() {
        return pool.window().freeCount(0) + windowKept.extents() - windowKept.pinnedExtents();
    }

    /** The same of what source-first handoffs reserve whole. */
    public long wholeFreeBytes() {
        return (pool.whole().freeCount(0) + wholeKept.extents() - wholeKept.pinnedExtents()) * GRAIN_BYTES;
    }

    /** What became of the blocks that are kept. */
    public KeptCounters kept() {
        return counters;
    }

    KeptBlocks windowKept() {
        return windowKept;
    }

    KeptBlocks wholeKept() {
        return wholeKept;
    }

    /** Asked when there is no room: ends the leases that are over; whether there were any. */
    void leases(BooleanSupplier ending) {
        endLeases = ending;
    }

    /** Ends those that are over; whether there were any. */
    boolean endLeases() {
        return endLeases.getAsBoolean();
    }

    /** Whether so much more of each share may be leased: half of it at most is. */
    boolean mayLease(int windowExtents, int wholeExtents) {
        return windowKept.leasedExtents() + windowExtents <= pool.window().plan().extentCount(0) / 2
            && wholeKept.leasedExtents() + wholeExtents <= pool.whole().plan().extentCount(0) / 2;
    }

    /** For another process. */
    SlabPlace place(long address) {
        return shared.place(address);
    }

    HitRule rule() {
        return rule;
    }

    /** How far that prompt is kept from {@code firstBlock} on, in either share or by turns. */
    int find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        int end = firstBlock;
        KeptBlocks share;
        while ((share = longestOrNull(tenant, keys, end, endMax)) != null) {
            end = share.foundEnd();
        }
        return end;
    }

    /** Hands all of it to {@code taker}: of each block the parts that a prompt of so many tokens is handed off with. */
    int take(long tenant, List<BlockKey> keys, int firstBlock, int endMax, int tokens, KeptBlocks.Taker taker) {
        int end = firstBlock;
        KeptBlocks share;
        while ((share = longestOrNull(tenant, keys, end, endMax)) != null) {
            share.takeFound(tenant, keys, tokens, taker);
            end = share.foundEnd();
        }
        return end;
    }

    /** Where blocks go on in the other share, all layer groups agreed on those before: they need not be looked for again. */
    private KeptBlocks longestOrNull(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        int inWindow = windowKept.find(tenant, keys, firstBlock, endMax);
        int inWhole = wholeKept.find(tenant, keys, firstBlock, endMax);
        if (Math.max(inWindow, inWhole) <= firstBlock) {
            return null;
        }
        return inWindow >= inWhole ? windowKept : wholeKept;
    }

    long address(StagedBlock block) {
        return block.owner == windowKept ? windowMemory.address(block.run) : wholeMemory.address(block.run);
    }

    /** A packed run, or {@link ExtentRun#NONE} when nothing is free: what is kept stays. */
    long takeFreeUnit(long lengthBytes) {
        return pool.window().allocate(0, lengthBytes);
    }

    /** A packed run, or {@link ExtentRun#NONE} when the window is full of what is in use. */
    long takeUnit(long lengthBytes) {
        long run = takeFreeUnit(lengthBytes);
        while (run == ExtentRun.NONE && makeRoom(windowKept)) {
            run = takeFreeUnit(lengthBytes);
        }
        return run;
    }

    void giveUnit(long run) {
        pool.window().free(0, run);
    }

    long windowAddress(long run) {
        return windowMemory.address(run);
    }

    /** Refuses what this staging can never hold whole. */
    void requireWhole(SourceImages images, int blockCount) {
        long[] unitBytes = {images.unitBytesMax()};
        if (!pool.whole().couldEverFit(new int[] {blockCount}, unitBytes)) {
            throw new IllegalArgumentException("staging can never hold this request whole; make it larger: blocks=" +
                blockCount + " unitBytes=" + unitBytes[0] + " stagingBytes=" + pool.whole().plan().lengthBytes());
        }
    }

    /** Stages so many blocks in equal units, or nothing; null if it is full now. Each unit is given back by itself. */
    StagedRequest takeWhole(SourceImages images, int blockCount) {
        long[] unitBytes = {images.unitBytesMax()};
        int[] unitCounts = {blockCount};
        StagedRequest staged = new StagedRequest(1);
        long extents = blockCount * Math.ceilDiv(unitBytes[0], GRAIN_BYTES);
        boolean hasRoom = true;
        while (hasRoom && (pool.whole().freeCount(0) < extents || !pool.whole().tryStage(staged, unitCounts, unitBytes))) {
            hasRoom = makeRoom(wholeKept);
        }
        return hasRoom ? staged : null;
    }

    void giveWholeUnit(long run) {
        pool.whole().free(0, run);
    }

    long wholeAddress(long run) {
        return wholeMemory.address(run);
    }

    private boolean makeRoom(KeptBlocks kept) {
        return kept.evict() || (endLeases.getAsBoolean() && kept.evict());
    }
}
