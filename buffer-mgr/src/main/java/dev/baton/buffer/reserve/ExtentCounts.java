package dev.baton.buffer.reserve;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many extents of each shard are in each state. One thread writes, with plain stores between two of a version;
 * others read copies in which the states of a pool add up, because a copy torn by a write is taken again.
 */
public final class ExtentCounts {
    private static final VarHandle VERSION;
    private static final int STATES = ExtentState.count();
    private static final int STRIDE = STATES + 1;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(ExtentCounts.class, "version", long.class);
        } catch (ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final int shardCount;
    private final AtomicLongArray counts;
    @SuppressWarnings("unused")   // read and written through VERSION alone
    private long version;

    ExtentCounts(int[] shardExtents) {
        shardCount = shardExtents.length;
        counts = new AtomicLongArray(shardCount * STRIDE);
        for (int shard = 0; shard < shardCount; shard++) {
            counts.setPlain(at(shard, ExtentState.FREE), shardExtents[shard]);
        }
    }

    /** Extents of one shard in one state now; the writer's own view is exact, another thread's a moment old. */
    public long count(int shard, ExtentState state) {
        return counts.getOpaque(at(shard, state));
    }

    /** Sealed extents of one shard without holders. */
    public long evictable(int shard) {
        return counts.getOpaque(shard * STRIDE + STATES);
    }

    /**
     * Copies all counts of one moment.
     *
     * @param into [shard][free, owned, sealed, quarantined, evictable], flat; {@link #length()} long
     */
    public void copy(long[] into) {
        long before;
        do {
            before = (long) VERSION.getAcquire(this);
            for (int i = 0; i < into.length; i++) {
                into[i] = counts.getOpaque(i);
            }
            VarHandle.acquireFence();
            Thread.onSpinWait();
        } while ((before & 1) != 0 || before != (long) VERSION.getOpaque(this));
    }

    /** Extents of all shards by state, at one moment. */
    public ExtentTotals totals() {
        long[] copy = new long[length()];
        copy(copy);
        long[] sums = new long[STRIDE];
        for (int i = 0; i < copy.length; i++) {
            sums[i % STRIDE] += copy[i];
        }
        return new ExtentTotals(sums[ExtentState.FREE.index()], sums[ExtentState.OWNED.index()],
            sums[ExtentState.SEALED.index()], sums[STATES], sums[ExtentState.QUARANTINED.index()]);
    }

    /** Longs that {@link #copy(long[])} wants: five a shard. */
    public int length() {
        return shardCount * STRIDE;
    }

    public int shardCount() {
        return shardCount;
    }

    void move(int shard, ExtentState from, ExtentState to, int count) {
        long current = begin();
        add(at(shard, from), -count);
        add(at(shard, to), count);
        end(current);
    }

    void evictableChanged(int shard, int change) {
        long current = begin();
        add(shard * STRIDE + STATES, change);
        end(current);
    }

    /** An idle run went from SEALED to FREE. */
    void evicted(int shard, int count) {
        long current = begin();
        add(at(shard, ExtentState.SEALED), -count);
        add(shard * STRIDE + STATES, -count);
        add(at(shard, ExtentState.FREE), count);
        end(current);
    }

    long bookkeepingBytes() {
        return 64 + 8L * counts.length();
    }

    private long begin() {
        long current = (long) VERSION.get(this);
        VERSION.setOpaque(this, current + 1);
        VarHandle.releaseFence();
        return current;
    }

    private void end(long current) {
        VERSION.setRelease(this, current + 2);
    }

    private void add(int index, long change) {
        counts.setOpaque(index, counts.getPlain(index) + change);
    }

    private static int at(int shard, ExtentState state) {
        return shard * STRIDE + state.index();
    }
}
