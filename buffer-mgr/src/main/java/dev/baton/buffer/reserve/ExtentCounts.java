package dev.baton.buffer.reserve;

import dev.baton.platform.Canary;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many extents of each bank are in each state. One thread writes, with plain stores between two fenced ones of a
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

    private final long[] counts;
    private final int[] available;
    private long unavailable;
    private int depth;
    @SuppressWarnings("unused")   // read and written through VERSION alone
    private long version;

    ExtentCounts(int[] bankExtents) {
        counts = new long[bankExtents.length * STRIDE];
        available = bankExtents.clone();
        for (int bank = 0; bank < bankExtents.length; bank++) {
            counts[at(bank, ExtentState.FREE)] = bankExtents[bank];
        }
    }

    /** Extents of one bank in one state now; the writer's own view is exact, another thread's a moment old. */
    public long count(int bank, ExtentState state) {
        return (long) COUNT.getOpaque(counts, at(bank, state));
    }

    /** Sealed extents of one bank without holders. */
    public long evictable(int bank) {
        return (long) COUNT.getOpaque(counts, bank * STRIDE + STATES);
    }

    /**
     * Copies all counts of one moment.
     *
     * @param into [bank][free, owned, sealed, quarantined, evictable], flat; {@link #length()} long
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

    /** Extents of all banks by state, at one moment. */
    public ExtentTotals totals() {
        return totalsByTier(1)[0];
    }

    /** The same, tier by tier, all at one moment: banks stand tier after tier. */
    public ExtentTotals[] totalsByTier(int tierCount) {
        long[] copy = new long[length()];
        copy(copy);
        ExtentTotals[] totals = new ExtentTotals[tierCount];
        int tierLength = copy.length / tierCount;
        for (int tierIndex = 0; tierIndex < tierCount; tierIndex++) {
            long[] sums = new long[STRIDE];
            for (int i = tierIndex * tierLength; i < (tierIndex + 1) * tierLength; i++) {
                sums[i % STRIDE] += copy[i];
            }
            totals[tierIndex] = new ExtentTotals(sums[FREE], sums[OWNED], sums[ExtentState.SEALED.index()],
                sums[STATES], sums[ExtentState.QUARANTINED.index()]);
        }
        return totals;
    }

    /** Longs that {@link #copy(long[])} wants: five a bank. */
    public int length() {
        return counts.length;
    }

    /** Free and evictable extents of one bank; for the writer alone. */
    int available(int bank) {
        return available[bank];
    }

    /** Extents of all banks that are neither free nor evictable; for the writer alone. */
    long unavailable() {
        return unavailable;
    }

    /**
     * From here to {@link #end()} all changes are one to readers: a step over many banks costs one pair of fences. May
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
    void taken(int bank, int count) {
        int base = bank * STRIDE;
        counts[base + FREE] -= count;
        counts[base + OWNED] += count;
        available[bank] -= count;
        unavailable += count;
    }

    /** OWNED to FREE; between {@link #begin()} and {@link #end()}. */
    void released(int bank, int count) {
        taken(bank, -count);
    }

    /** A step that neither frees nor takes. */
    void move(int bank, ExtentState from, ExtentState to, int count) {
        begin();
        counts[at(bank, from)] -= count;
        counts[at(bank, to == ExtentState.QUARANTINED && Canary.QUARANTINE_COUNTED_FREE.isActive() ? ExtentState.FREE
            : to)] += count;
        end();
    }

    void evictableChanged(int bank, int change) {
        begin();
        counts[bank * STRIDE + STATES] += change;
        end();
        available[bank] += change;
        unavailable -= change;
    }

    /** An idle run went from SEALED to FREE. */
    void evicted(int bank, int count) {
        begin();
        counts[at(bank, ExtentState.SEALED)] -= count;
        counts[bank * STRIDE + STATES] -= count;
        counts[at(bank, ExtentState.FREE)] += count;
        end();
    }

    long bookkeepingBytes() {
        return 64 + 8L * counts.length + 4L * available.length;
    }

    private static int at(int bank, ExtentState state) {
        return bank * STRIDE + state.index();
    }

    /** The owner's, for tests and simulation: throws unless they are {@code walked}, {@code stride} counts a bank. */
    void requireSame(long[] walked, int stride) {
        long[] counted = new long[length()];
        copy(counted);
        for (int i = 0; i < walked.length; i++) {
            if (walked[i] != counted[i]) {
                throw new IllegalStateException("counts do not add up: bank=" + i / stride + " which=" + i % stride +
                    " walked=" + walked[i] + " counted=" + counted[i]);
            }
        }
    }
}
