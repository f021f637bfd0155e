package dev.baton.buffer;

import dev.baton.buffer.reserve.ExtentTotals;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where one share of a pool stands, in bytes. Free, owned, sealed and quarantined ones add up to the total (S1); the
 * evictable ones are some of the sealed.
 */
public record ShareStats(
    long totalBytes, long freeBytes, long ownedBytes, long sealedBytes, long evictableBytes, long quarantinedBytes) {
    static final ShareStats NONE = new ShareStats(0, 0, 0, 0, 0, 0);

    static ShareStats of(ExtentTotals extents, long extentBytes) {
        return new ShareStats(extents.total() * extentBytes, extents.free() * extentBytes,
            extents.owned() * extentBytes, extents.sealed() * extentBytes, extents.evictable() * extentBytes,
            extents.quarantined() * extentBytes);
    }

    /**
     * Of staging: a unit belongs to a handoff, is kept, or is free. Its owner's thread goes on meanwhile, so these may be of
     * different moments: they are made to add up.
     */
    static ShareStats staging(long totalBytes, long usedBytes, long keptBytes, long pinnedBytes) {
        long kept = Math.clamp(keptBytes, 0, usedBytes);
        long pinned = Math.clamp(pinnedBytes, 0, kept);
        return new ShareStats(totalBytes, totalBytes - usedBytes, usedBytes - kept, kept, kept - pinned, 0);
    }

    public ShareStats plus(ShareStats other) {
        return new ShareStats(totalBytes + other.totalBytes, freeBytes + other.freeBytes, ownedBytes + other.ownedBytes,
            sealedBytes + other.sealedBytes, evictableBytes + other.evictableBytes,
            quarantinedBytes + other.quarantinedBytes);
    }

    /** By name, for a page that is made of maps. */
    Map<String, Object> describe() {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("totalBytes", totalBytes);
        numbers.put("freeBytes", freeBytes);
        numbers.put("ownedBytes", ownedBytes);
        numbers.put("sealedBytes", sealedBytes);
        numbers.put("evictableBytes", evictableBytes);
        numbers.put("quarantinedBytes", quarantinedBytes);
        return numbers;
    }
}
