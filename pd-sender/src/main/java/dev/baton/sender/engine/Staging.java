package dev.baton.sender.engine;

import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.buffer.reserve.StagingPool;
import dev.baton.buffer.reserve.StreamingWindow;
import dev.baton.buffer.reserve.WholeRequestStaging;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.slab.Tier;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.MemoryLedger;

/**
 * A sender's staging memory: the window of destination-first handoffs and, apart from it, what source-first ones
 * reserve whole. Opened and closed by one thread; between that the engine's thread alone takes and gives.
 */
public final class Staging implements AutoCloseable {
    /** Units are whole multiples of this. */
    public static final long GRAIN_BYTES = 64 << 10;
    private static final String OWNER_WINDOW = "sender.window";
    private static final String OWNER_WHOLE = "sender.whole";

    private final StagingPool pool;
    private final SlabPool windowMemory;
    private final SlabPool wholeMemory;

    private Staging(StagingPool pool, SlabPool windowMemory, SlabPool wholeMemory) {
        this.pool = pool;
        this.windowMemory = windowMemory;
        this.wholeMemory = wholeMemory;
    }

    /**
     * Opens both; every page is touched before this returns.
     * @param windowBytes    at least the largest unit
     * @param wholeBytes     at least the largest unit
     */
    public static Staging open(MemoryLedger ledger, long windowBytes, long wholeBytes, long incarnation) {
        SlabPlan window = plan(windowBytes, 0);
        SlabPlan whole = plan(wholeBytes, window.slabCount());
        SlabPool windowMemory = SlabPool.open(ledger, OWNER_WINDOW, window, null, incarnation);
        try {
            SlabPool wholeMemory = SlabPool.open(ledger, OWNER_WHOLE, whole, null, incarnation);
            return new Staging(new StagingPool(new StreamingWindow(window), new WholeRequestStaging(whole)),
                windowMemory, wholeMemory);
        } catch (RuntimeException | Error ex) {
            windowMemory.close();
            throw ex;
        }
    }

    private static SlabPlan plan(long lengthBytes, int firstSlabId) {
        return new SlabPlan(new long[] {lengthBytes}, GRAIN_BYTES, SlabPlan.SLAB_BYTES_MAX, firstSlabId, Tier.DRAM);
    }

    /** Units that the window can hold at once, at most. */
    public int windowUnitsMax() {
        return pool.window().plan().extentCount(0);
    }

    /** Bytes of the window that are free now, in whatever pieces. */
    public long windowFreeBytes() {
        return pool.window().freeCount(0) * GRAIN_BYTES;
    }

    public long wholeFreeBytes() {
        return pool.whole().freeCount(0) * GRAIN_BYTES;
    }

    /** A packed run, or {@link ExtentRun#NONE} when the window is full. */
    long takeUnit(long lengthBytes) {
        return pool.window().allocate(0, lengthBytes);
    }

    void giveUnit(long run) {
        pool.window().free(0, run);
    }

    long windowAddress(long run) {
        return windowMemory.address(run);
    }

    /** Stages all blocks in equal units, or nothing; null if it is full now. */
    StagedRequest takeWhole(SourceImages images, int blockCount) {
        int[] unitCounts = {blockCount};
        long[] unitBytes = {images.unitBytesMax()};
        if (!pool.whole().couldEverFit(unitCounts, unitBytes)) {
            throw new IllegalArgumentException("staging can never hold this request whole; make it larger: blocks=" +
                blockCount + " unitBytes=" + unitBytes[0] + " stagingBytes=" + pool.whole().plan().lengthBytes());
        }
        StagedRequest staged = new StagedRequest(1);
        return pool.whole().tryStage(staged, unitCounts, unitBytes) ? staged : null;
    }

    void giveWhole(StagedRequest staged) {
        pool.whole().release(staged);
    }

    long wholeAddress(StagedRequest staged, int block) {
        return wholeMemory.address(staged.unit(0, block));
    }

    @Override
    public void close() {
        windowMemory.close();
        wholeMemory.close();
    }
}
