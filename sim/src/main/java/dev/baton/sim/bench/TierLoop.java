package dev.baton.sim.bench;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Drives a tier with one kind of operation at a time: as many under way as there are places in memory, either as fast as
 * they are answered (closed loop) or begun at fixed times (open loop), where each latency counts from the time at which
 * it should have begun. One thread.
 */
final class TierLoop implements BlockStoreListener, AutoCloseable {
    /** What is done. */
    enum Operation {
        STORE, LOAD, LOOKUP
    }

    private static final long SPIN_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long LOAD_WITHIN_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    private final BlockStore store;
    private final long lengthBytes;
    private final Region[] memory;
    private final int[] free;
    private final long[] beganNs;
    private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    private final Runnable onCycle;
    private int freeCount;
    private Histogram latencies;
    private long answered;
    private long wrong;

    /** @param onCycle called now and then, for progress */
    TierLoop(BlockStore store, long lengthBytes, int concurrency, MemoryLedger ledger, Runnable onCycle) {
        this.store = store;
        this.lengthBytes = lengthBytes;
        this.onCycle = onCycle;
        memory = new Region[concurrency];
        free = new int[concurrency];
        beganNs = new long[concurrency];
        for (int i = 0; i < concurrency; i++) {
            memory[i] = Regions.anonymous(ledger, "bench.tier", (lengthBytes + 4095) & -4096L);
            memory[i].segment().fill((byte) (i + 1));
        }
    }

    /**
     * Does {@code count} operations on the blocks from {@code firstBlock}.
     * @param perSecond open loop at that rate, or 0 for a closed loop
     * @param into      gets each latency, in nanoseconds
     * @return time that all took, in nanoseconds
     */
    long run(Operation operation, long firstBlock, long count, double perSecond, Histogram into) {
        latencies = into;
        answered = 0;
        wrong = 0;
        freeCount = memory.length;
        for (int i = 0; i < freeCount; i++) {
            free[i] = i;
        }
        double intervalNs = perSecond > 0 ? 1e9 / perSecond : 0;
        long startNs = System.nanoTime();
        long begun = 0;
        long workedNs = startNs;
        while (answered < count || freeCount < memory.length) {
            long nowNs = System.nanoTime();
            int workCount = 0;
            while (begun < count && freeCount > 0) {
                long dueNs = perSecond > 0 ? startNs + (long) (begun * intervalNs) : nowNs;
                if (dueNs - nowNs > 0 || !begin(operation, firstBlock + begun, dueNs, nowNs)) {
                    break;
                }
                begun++;
                workCount++;
            }
            workCount += store.poll(nowNs, this, Integer.MAX_VALUE);
            if (workCount > 0) {
                workedNs = nowNs;
            } else {
                rest(nowNs, workedNs);
            }
            onCycle.run();
        }
        long elapsedNs = System.nanoTime() - startNs;
        if (wrong > 0) {
            throw new IllegalStateException("the tier did not do what it was asked: operation=" + operation + " failed=" +
                wrong + " of=" + count + " stats=" + store.stats());
        }
        return elapsedNs;
    }

    /** Lets the tier do what it does in the background, until it has nothing more to do. */
    void settle() {
        long quietSinceNs = System.nanoTime();
        while (System.nanoTime() - quietSinceNs < TimeUnit.MILLISECONDS.toNanos(200)) {
            if (store.poll(System.nanoTime(), this, Integer.MAX_VALUE) > 0) {
                quietSinceNs = System.nanoTime();
            } else {
                LockSupport.parkNanos(SPIN_NS);
            }
        }
    }

    private boolean begin(Operation operation, long block, long dueNs, long nowNs) {
        int slot = free[freeCount - 1];
        nameOf(block, name);
        long address = memory[slot].address();
        int result = switch (operation) {
            case STORE -> store.store(slot, name, 0, address, lengthBytes);
            case LOAD -> store.load(slot, name, 0, address, memory[slot].lengthBytes(), nowNs + LOAD_WITHIN_NS);
            case LOOKUP -> store.lookup(slot, name, 0);
        };
        if (result == BlockStore.OFF) {
            throw new IllegalStateException("the tier is off: stats=" + store.stats());
        }
        if (result != BlockStore.ACCEPTED) {
            return false;
        }
        beganNs[slot] = dueNs;
        freeCount--;
        return true;
    }

    /** Block i's name follows from i. */
    static void nameOf(long block, UnsafeBuffer name) {
        SplittableRandom random = new SplittableRandom(block);
        for (int at = 0; at < BlockName.KEY_BYTES; at += Long.BYTES) {
            name.putLong(at, random.nextLong());
        }
    }

    /** On a machine of few processors the threads that do the I/O want this one. */
    private static void rest(long nowNs, long workedNs) {
        if (nowNs - workedNs > PATIENCE_NS) {
            throw new IllegalStateException("the tier answered nothing for 60 s");
        }
        LockSupport.parkNanos(SPIN_NS);
    }

    private void answered(long tag, boolean isRight) {
        latencies.recordValue(Math.min(latencies.getHighestTrackableValue(), System.nanoTime() - beganNs[(int) tag]));
        answered++;
        wrong += isRight ? 0 : 1;
    }

    @Override
    public void onStored(long tag, StoreResult result) {
        answered(tag, result == StoreResult.STORED);
        free[freeCount++] = (int) tag;
    }

    @Override
    public void onFound(long tag, long foundBytes) {
        answered(tag, foundBytes == lengthBytes);
        free[freeCount++] = (int) tag;
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long loadedBytes) {
        answered(tag, result.isHit() && loadedBytes == lengthBytes);
    }

    @Override
    public void onReleased(long tag) {
        free[freeCount++] = (int) tag;
    }

    @Override
    public void close() {
        for (Region region : memory) {
            region.close();
        }
    }
}
