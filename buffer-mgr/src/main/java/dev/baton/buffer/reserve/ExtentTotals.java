package dev.baton.buffer.reserve;

/**
 * Extents by state at one moment; the four states add up to the pool.
 *
 * @param sealed    evictable ones included
 * @param evictable of the sealed ones, those without a holder
 */
public record ExtentTotals(long free, long owned, long sealed, long evictable, long quarantined) {
    public static final ExtentTotals NONE = new ExtentTotals(0, 0, 0, 0, 0);

    public ExtentTotals plus(ExtentTotals other) {
        return new ExtentTotals(free + other.free, owned + other.owned, sealed + other.sealed,
            evictable + other.evictable, quarantined + other.quarantined);
    }

    public long total() {
        return free + owned + sealed + quarantined;
    }
}
