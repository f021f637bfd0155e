package dev.baton.memory;

import java.util.Arrays;

/**
 * Hands out the extents of one shard's slabs in as few contiguous runs as there can be. Metadata only: it never touches
 * the memory. One owner, no locks.
 * <p>
 * Free runs hang in one doubly linked list per exact length, with a two-level bitmap of the lengths present; a free
 * run's length stands at both of its ends, and a bitmap says which extents are free. So taking, splitting and merging a
 * run each cost the same whatever its length, but for one bit per extent. Best fit: the shortest run that holds the
 * request, else the longest runs first, which is the fewest pieces possible. A run never crosses a slab.
 * <pre>
 *   index    = (slabId - firstSlabId) &lt;&lt; slabShift | extent      slabs are padded to a power of two
 *   nodes    3 ints an index: [length of the free run that starts or ends here][next][previous]
 *   heads    1 int a length: first free run of that length, or -1
 * </pre>
 * That is 12 bytes and a bit per index, 4 bytes and a bit per length.
 */
public final class ExtentAllocator {
    private static final int NIL = -1;
    private static final int NEXT = 1;
    private static final int PREVIOUS = 2;
    private static final int NODE_INTS = 3;

    private final int firstSlabId;
    private final int[] slabExtents;
    private final int slabShift;
    private final int slabMask;
    private final int extentCount;
    private final int[] nodes;
    private final long[] freeBits;
    private final int[] heads;
    private final long[] lengthBits;
    private final long[] lengthSummary;
    private int freeCount;
    private int freeRunCount;

    /**
     * All extents start free.
     *
     * @param firstSlabId id of the first slab; the others follow it without gaps
     * @param slabExtents extents of each slab, at least 1 each
     * @throws IllegalArgumentException if there is no slab, or an id or a count is out of {@link ExtentRun}'s range
     */
    public ExtentAllocator(int firstSlabId, int... slabExtents) {
        if (slabExtents.length == 0 || firstSlabId < 0
            || firstSlabId + slabExtents.length - 1 > ExtentRun.SLAB_ID_MAX) {
            throw new IllegalArgumentException("slab ids must be 0 to " + ExtentRun.SLAB_ID_MAX +
                " and at least one: firstSlabId=" + firstSlabId + " slabCount=" + slabExtents.length);
        }
        this.firstSlabId = firstSlabId;
        this.slabExtents = slabExtents.clone();
        int longest = 0;
        long total = 0;
        for (int i = 0; i < slabExtents.length; i++) {
            if (slabExtents[i] < 1 || slabExtents[i] > ExtentRun.EXTENTS_MAX) {
                throw new IllegalArgumentException("a slab has 1 to " + ExtentRun.EXTENTS_MAX + " extents: slabId=" +
                    (firstSlabId + i) + " extentCount=" + slabExtents[i]);
            }
            longest = Math.max(longest, slabExtents[i]);
            total += slabExtents[i];
        }
        slabShift = 32 - Integer.numberOfLeadingZeros(longest - 1);
        slabMask = (1 << slabShift) - 1;
        long indexCount = (long) slabExtents.length << slabShift;
        if (indexCount > Integer.MAX_VALUE / NODE_INTS) {
            throw new IllegalArgumentException("too many extents for one shard, take larger ones: extentCount=" +
                total + " slabCount=" + slabExtents.length);
        }
        extentCount = (int) total;
        nodes = new int[(int) indexCount * NODE_INTS];
        freeBits = new long[BitRanges.wordCount((int) indexCount)];
        heads = new int[longest + 1];
        Arrays.fill(heads, NIL);
        lengthBits = new long[BitRanges.wordCount(longest + 1)];
        lengthSummary = new long[BitRanges.wordCount(lengthBits.length)];
        for (int i = slabExtents.length - 1; i >= 0; i--) {
            BitRanges.set(freeBits, i << slabShift, slabExtents[i]);
            link(i << slabShift, slabExtents[i]);
        }
        freeCount = extentCount;
    }

    /**
     * Takes {@code count} extents in as few runs as possible, all or none: one run whenever one is long enough.
     *
     * @param count at least 1
     * @param into  gets the runs appended; unchanged when the answer is false
     * @return false when fewer than {@code count} extents are free
     */
    public boolean allocate(int count, RunList into) {
        requireCount(count);
        if (count > freeCount) {
            return false;
        }
        int rest = count;
        while (rest > 0) {
            int length = lengthAtLeast(rest);
            if (length == NIL) {
                length = longestLength();
            }
            int taken = Math.min(rest, length);
            into.add(take(heads[length], length, taken));
            rest -= taken;
        }
        return true;
    }

    /**
     * Takes {@code unitCount} units of {@code unitExtents} neighbouring extents each, all or none, in as few runs as
     * possible; every run is a whole number of units.
     *
     * @param into gets the runs appended; unchanged when the answer is false
     * @return false when so many whole units are not free, be it for fragmentation
     */
    public boolean allocateUnits(int unitCount, int unitExtents, RunList into) {
        requireCount(unitCount);
        requireCount(unitExtents);
        long total = (long) unitCount * unitExtents;
        if (total > freeCount) {
            return false;
        }
        int sizeBefore = into.size();
        int rest = (int) total;
        while (rest > 0) {
            int length = lengthAtLeast(rest);
            if (length == NIL) {
                length = longestLength();
                if (length < unitExtents) {
                    freeFrom(into, sizeBefore);
                    return false;
                }
            }
            int taken = Math.min(rest, length - length % unitExtents);
            into.add(take(heads[length], length, taken));
            rest -= taken;
        }
        return true;
    }

    /**
     * Takes {@code count} neighbouring extents, from the shortest free run that has them; {@link ExtentRun#NONE} if
     * none.
     */
    public long allocateContiguous(int count) {
        requireCount(count);
        int length = lengthAtLeast(count);
        return length == NIL ? ExtentRun.NONE : take(heads[length], length, count);
    }

    /**
     * Gives a run back, or any part of one, and merges it with its free neighbours.
     *
     * @throws IllegalStateException if part of it is free already or not of this allocator; nothing is changed then
     */
    public void free(long run) {
        int slab = ExtentRun.slabId(run) - firstSlabId;
        int extent = ExtentRun.firstExtent(run);
        int count = ExtentRun.extentCount(run);
        if (run < 0 || slab < 0 || slab >= slabExtents.length || count < 1 || extent + count > slabExtents[slab]) {
            throw new IllegalStateException("not a run of this allocator: " + ExtentRun.describe(run));
        }
        int first = (slab << slabShift) + extent;
        if (!BitRanges.isNoneSet(freeBits, first, count)) {
            throw new IllegalStateException("freed twice: " + ExtentRun.describe(run));
        }
        BitRanges.set(freeBits, first, count);
        freeCount += count;
        int length = count;
        int end = first + count;
        if ((end & slabMask) != 0 && BitRanges.isSet(freeBits, end)) {
            int after = nodes[end * NODE_INTS];
            unlink(end, after);
            length += after;
        }
        if ((first & slabMask) != 0 && BitRanges.isSet(freeBits, first - 1)) {
            int before = nodes[(first - 1) * NODE_INTS];
            first -= before;
            unlink(first, before);
            length += before;
        }
        link(first, length);
    }

    /** Gives every run of the list from index {@code from} on back, and takes it off the list. */
    public void freeFrom(RunList runs, int from) {
        for (int i = runs.size() - 1; i >= from; i--) {
            free(runs.run(i));
        }
        runs.truncate(from);
    }

    public boolean isFree(int slabId, int extent) {
        return BitRanges.isSet(freeBits, ((slabId - firstSlabId) << slabShift) + extent);
    }

    public int firstSlabId() {
        return firstSlabId;
    }

    public int slabCount() {
        return slabExtents.length;
    }

    /** Extents of the slab with this id. */
    public int slabExtents(int slabId) {
        return slabExtents[slabId - firstSlabId];
    }

    public int extentCount() {
        return extentCount;
    }

    public int freeCount() {
        return freeCount;
    }

    public int freeRunCount() {
        return freeRunCount;
    }

    /** Extents of the longest free run; 0 when nothing is free. */
    public int longestFreeRun() {
        return freeCount == 0 ? 0 : longestLength();
    }

    /** Bytes of heap the metadata takes: every array, each with its header. */
    public long bookkeepingBytes() {
        return 128 + 4L * (nodes.length + heads.length + slabExtents.length) +
            8L * (freeBits.length + lengthBits.length + lengthSummary.length);
    }

    /**
     * Walks everything; for tests and simulation.
     *
     * @throws IllegalStateException if lists, lengths and bits do not say the same
     */
    public void checkInvariants() {
        int runs = 0;
        int free = 0;
        for (int slab = 0; slab < slabExtents.length; slab++) {
            int end = (slab << slabShift) + slabExtents[slab];
            int first = BitRanges.nextSet(freeBits, slab << slabShift, end);
            while (first < end) {
                int next = BitRanges.nextClear(freeBits, first, end);
                int length = next - first;
                check(nodes[first * NODE_INTS] == length && nodes[(next - 1) * NODE_INTS] == length, first, length);
                check(BitRanges.isSet(lengthBits, length), first, length);
                runs++;
                free += length;
                first = BitRanges.nextSet(freeBits, next, end);
            }
        }
        int listed = 0;
        for (int length = 0; length < heads.length; length++) {
            check(BitRanges.isSet(lengthBits, length) == (heads[length] != NIL), heads[length], length);
            int previous = NIL;
            for (int at = heads[length]; at != NIL; at = nodes[(at * NODE_INTS) + NEXT]) {
                check(nodes[at * NODE_INTS] == length && nodes[(at * NODE_INTS) + PREVIOUS] == previous, at, length);
                check(BitRanges.isAllSet(freeBits, at, length), at, length);
                previous = at;
                listed++;
            }
        }
        if (runs != listed || runs != freeRunCount || free != freeCount) {
            throw new IllegalStateException("free runs do not add up: walked=" + runs + " listed=" + listed +
                " counted=" + freeRunCount + " freeWalked=" + free + " freeCounted=" + freeCount);
        }
    }

    private static void check(boolean holds, int index, int length) {
        if (!holds) {
            throw new IllegalStateException("free run is wrong: index=" + index + " length=" + length);
        }
    }

    private static void requireCount(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("ask for at least one extent: count=" + count);
        }
    }

    private long take(int first, int length, int count) {
        unlink(first, length);
        if (count < length) {
            link(first + count, length - count);
        }
        BitRanges.clear(freeBits, first, count);
        freeCount -= count;
        return ExtentRun.of(firstSlabId + (first >>> slabShift), first & slabMask, count);
    }

    private void link(int first, int length) {
        int node = first * NODE_INTS;
        int head = heads[length];
        nodes[node] = length;
        nodes[node + NEXT] = head;
        nodes[node + PREVIOUS] = NIL;
        nodes[(first + length - 1) * NODE_INTS] = length;
        if (head == NIL) {
            int word = length >>> 6;
            lengthBits[word] |= 1L << length;
            lengthSummary[word >>> 6] |= 1L << word;
        } else {
            nodes[(head * NODE_INTS) + PREVIOUS] = first;
        }
        heads[length] = first;
        freeRunCount++;
    }

    private void unlink(int first, int length) {
        int next = nodes[(first * NODE_INTS) + NEXT];
        int previous = nodes[(first * NODE_INTS) + PREVIOUS];
        if (next != NIL) {
            nodes[(next * NODE_INTS) + PREVIOUS] = previous;
        }
        if (previous != NIL) {
            nodes[(previous * NODE_INTS) + NEXT] = next;
        } else {
            heads[length] = next;
            if (next == NIL) {
                int word = length >>> 6;
                lengthBits[word] &= ~(1L << length);
                if (lengthBits[word] == 0) {
                    lengthSummary[word >>> 6] &= ~(1L << word);
                }
            }
        }
        freeRunCount--;
    }

    /** The shortest length present that is at least {@code length}, or NIL. */
    private int lengthAtLeast(int length) {
        if (length >= heads.length) {
            return NIL;
        }
        int word = length >>> 6;
        long bits = lengthBits[word] & (-1L << length);
        if (bits == 0) {
            word = BitRanges.nextSet(lengthSummary, word + 1, lengthBits.length);
            if (word == lengthBits.length) {
                return NIL;
            }
            bits = lengthBits[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /** The longest length present; something is free. */
    private int longestLength() {
        int summary = lengthSummary.length - 1;
        while (lengthSummary[summary] == 0) {
            summary--;
        }
        int word = (summary << 6) + 63 - Long.numberOfLeadingZeros(lengthSummary[summary]);
        return (word << 6) + 63 - Long.numberOfLeadingZeros(lengthBits[word]);
    }
}
