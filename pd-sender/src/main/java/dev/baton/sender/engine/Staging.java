package dev.baton.sender.engine;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.buffer.reserve.StagingPool;
import dev.baton.buffer.slab.Slab;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.transport.Transport;
import java.util.List;

/**
 * A sender's shares of its process's pool: the window of destination-first handoffs and, apart from it, what
 * source-first ones reserve whole. The pool's owner opens and closes it; between that the engine's thread alone takes
 * and gives.
 */
public final class Staging {
    /** Units are whole multiples of this. */
    public static final long GRAIN_BYTES = 64 << 10;

    private final StagingPool pool;
    private final SlabPool windowMemory;
    private final SlabPool wholeMemory;

    /** The shares of a pool that is open. */
    public Staging(BufferPool shared) {
        pool = shared.staging();
        windowMemory = shared.windowMemory();
        wholeMemory = shared.wholeMemory();
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
}
