package dev.baton.buffer.tier;

/** What became of a load. Only {@link #HIT} has bytes; all else is a miss, and says why. */
public enum LoadResult {
    /** The bytes that were stored under that name, verified. */
    HIT,
    /** Not there, or longer than the target. */
    MISS,
    /** There were bytes, and they were not what was stored: they are gone from the tier now. */
    CORRUPT,
    /** The device refused to read. */
    FAILED,
    /** The deadline passed first; whatever comes now is not looked at. */
    LATE;

    public boolean isHit() {
        return this == HIT;
    }
}
