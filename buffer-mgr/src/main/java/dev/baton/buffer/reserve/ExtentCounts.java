package dev.baton.buffer.reserve;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many extents of each shard are in each state. One thread writes, with plain stores between two fenced ones of a
 * version; others read copies in which the states of a pool add up, because a copy torn by a write is taken again.
 */
public final class ExtentCounts {
    private static final VarHandle VERSION;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STATES = ExtentState.count();
    private static final int STRIDE = STATES + 1;
    private static final int FREE = ExtentState.FREE.index();
    private static final int OWNED = ExtentState.OWNED.index();

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(ExtentCounts.class, "version", long.class);
        } catch (ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final int shardCount;
    private final long[] counts;
    private final int[] available;
    private long unavailable;
    private int depth;
    @SuppressWarnings("unused")   // read and written through VERSION alone
    private long version;

    ExtentCounts(int[] shardExtents) {
        shardCount = shardExtents.length;
        counts = new long[shardCount * STRIDE];
        available = shardExtents.clone();
        for (int shard = 0; shard < shardCount; shard++) {
            counts[at(shard, ExtentState.FREE)] = shardExtents[shard];
        }
    }

    /** Extents of one shard in one state now; the writer's own view is exact, another thread's a moment old. */
    public long count(int shard, ExtentState state) {
        return (long) COUNT.getOpaque(counts, at(shard, state));
    }

    /** Sealed extents of one shard without holders. */
    public long evictable(int shard) {
        return (long) COUNT.getOpaque(counts, shard * STRIDE + STATES);
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
                into[i] = (long) COUNT.getOpaque(counts, i);
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

    /** Free and evictable extents of one shard; for the writer alone. */
    int available(int shard) {
        return available[shard];
    }

    /** Extents of all shards that are neither free nor evictable; for the writer alone. */
    long unavailable() {
        return unavailable;
    }

    /**
     * From here to {@link #end()} all changes are one to readers: a step over many shards costs one pair of fences. May
     * be nested. Its own thread takes no {@link #copy} before the end.
     */
    void begin() {
        if (depth++ == 0) {
            VERSION.setOpaque(this, (long) VERSION.get(this) + 1);
            VarHandle.releaseFence();
        }
    }

    void end() {
        if (--depth == 0) {
            VERSION.setRelease(this, (long) VERSION.get(this) + 1);
        }
    }

    /** FREE to OWNED; between {@link #begin()} and {@link #end()}. */
    void taken(int shard, int count) {
        int base = shard * STRIDE;
        counts[base + FREE] -= count;
        counts[base + OWNED] += count;
        available[shard] -= count;
        unavailable += count;
    }

    /** OWNED to FREE; between {@link #begin()} and {@link #end()}. */
    void released(int shard, int count) {
        taken(shard, -count);
    }

    /** A step that neither frees nor takes. */
    void move(int shard, ExtentState from, ExtentState to, int count) {
        begin();
        counts[at(shard, from)] -= count;
        counts[at(shard, to)] += count;
        end();
    }

    void evictableChanged(int shard, int change) {
        begin();
        counts[shard * STRIDE + STATES] += change;
        end();
        available[shard] += change;
        unavailable -= change;
    }

    /** An idle run went from SEALED to FREE. */
    void evicted(int shard, int count) {
        begin();
        counts[at(shard, ExtentState.SEALED)] -= count;
        counts[shard * STRIDE + STATES] -= count;
        counts[at(shard, ExtentState.FREE)] += count;
        end();
    }

    long bookkeepingBytes() {
        return 64 + 8L * counts.length + 4L * available.length;
    }

    private static int at(int shard, ExtentState state) {
        return shard * STRIDE + state.index();
    }

    /** The owner's, for tests and simulation: throws unless they are {@code walked}, {@code stride} counts a shard. */
    void requireSame(long[] walked, int stride) {
        long[] counted = new long[length()];
        copy(counted);
        for (int i = 0; i < walked.length; i++) {
            if (walked[i] != counted[i]) {
                throw new IllegalStateException("counts do not add up: shard=" + i / stride + " which=" + i % stride +
                    " walked=" + walked[i] + " counted=" + counted[i]);
            }
        }
    }
}
