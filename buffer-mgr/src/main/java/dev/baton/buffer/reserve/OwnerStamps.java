package dev.baton.buffer.reserve;

import dev.baton.memory.BitRanges;

/**
 * Which owner each extent outside FREE and SEALED has. An owner stands once, at the start of each stretch that it took;
 * the extents behind it up to the next start are its own too. So a stamp costs the same whatever the stretch's length.
 * Indexes are {@link ExtentIndex}'s. One owner, no locks.
 * <pre>
 *   starts   1 bit an index, 1 where a stretch starts
 *   owners   1 long an index, good where a stretch starts
 * </pre>
 */
final class OwnerStamps {
    private final long[] starts;
    private final long[] owners;

    OwnerStamps(int indexCount) {
        starts = new long[BitRanges.wordCount(indexCount)];
        owners = new long[indexCount];
    }

    /** The extents from {@code first} on are {@code owner}'s; none had one. */
    void stamp(int first, long owner) {
        starts[first >>> 6] |= 1L << first;
        owners[first] = owner;
    }

    /**
     * The extents have no owner any more.
     *
     * @param goesOn whether the extent behind them has one
     */
    void wipe(int first, int count, boolean goesOn) {
        int end = first + count;
        if (goesOn && !BitRanges.isSet(starts, end)) {
            stamp(end, ownerOf(end - 1));
        }
        BitRanges.clear(starts, first, count);
    }

    /** Whether all of these extents are {@code owner}'s; they have one. */
    boolean isAll(int first, int count, long owner) {
        if (ownerOf(first) != owner) {
            return false;
        }
        if (count == 1 || BitRanges.isNoneSet(starts, first + 1, count - 1)) {
            return true;
        }
        int end = first + count;
        for (int at = BitRanges.nextSet(starts, first + 1, end); at < end; at = BitRanges.nextSet(starts, at + 1,
            end)) {
            if (owners[at] != owner) {
                return false;
            }
        }
        return true;
    }

    /** The owner of an extent that has one: a stretch's start is at it or before it. */
    long ownerOf(int at) {
        if (BitRanges.isSet(starts, at)) {
            return owners[at];
        }
        int word = at >>> 6;
        long bits = starts[word] & (-1L >>> ~at);
        while (bits == 0) {
            bits = starts[--word];
        }
        return owners[(word << 6) + 63 - Long.numberOfLeadingZeros(bits)];
    }

    long bookkeepingBytes() {
        return 64 + 8L * (starts.length + owners.length);
    }
}
