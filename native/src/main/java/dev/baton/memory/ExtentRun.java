package dev.baton.memory;

/**
 * A run of neighbouring extents of one slab, packed in a {@code long}, so that lists of runs cost nothing to keep.
 * <pre>
 *   bits 48-62 slab id (0 to 32,767) | bits 24-47 first extent in the slab | bits 0-23 extent count, at least 1
 * </pre>
 * Bit 63 is never set: a packed run is positive, and {@link #NONE} and other negative numbers can stand beside it.
 */
public final class ExtentRun {
    /** No run: nothing contiguous is free. */
    public static final long NONE = -1;

    /** Largest slab id. */
    public static final int SLAB_ID_MAX = 0x7FFF;

    /** Largest extent count of a slab, hence of a run. */
    public static final int EXTENTS_MAX = 0xFF_FFFF;

    private static final int SLAB_SHIFT = 48;
    private static final int FIRST_SHIFT = 24;

    private ExtentRun() {}

    /** Packs a run; the three values are the caller's word, unchecked here because every grant packs. */
    public static long of(int slabId, int firstExtent, int extentCount) {
        return ((long) slabId << SLAB_SHIFT) | ((long) firstExtent << FIRST_SHIFT) | extentCount;
    }

    public static int slabId(long run) {
        return (int) (run >>> SLAB_SHIFT);
    }

    /** Index of the run's first extent in its slab. */
    public static int firstExtent(long run) {
        return (int) (run >>> FIRST_SHIFT) & EXTENTS_MAX;
    }

    public static int extentCount(long run) {
        return (int) run & EXTENTS_MAX;
    }

    /** For messages: {@code slab=3 extents=[16,24)}. */
    public static String describe(long run) {
        if (run < 0) {
            return "none";
        }
        return "slab=" + slabId(run) + " extents=[" + firstExtent(run) + "," + (firstExtent(run) + extentCount(run))
            + ")";
    }
}
