package dev.baton.memory;

import java.util.Arrays;

/**
 * A growable list of packed {@link ExtentRun}s. It grows by doubling and keeps what it grew to, so that filling it
 * again allocates nothing. One thread writes; others may read what was safely published to them.
 */
public final class RunList {
    private static final long OBJECT_BYTES = 24;
    private static final long ARRAY_HEADER_BYTES = 16;

    private long[] runs;
    private int size;

    /** @param capacity runs to hold before the first growth; 0 and more */
    public RunList(int capacity) {
        runs = new long[capacity];
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** The packed run at {@code index}, 0 to size - 1. */
    public long run(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("no such run: index=" + index + " size=" + size);
        }
        return runs[index];
    }

    public void add(long run) {
        if (size == runs.length) {
            runs = Arrays.copyOf(runs, Math.max(8, 2 * size));
        }
        runs[size++] = run;
    }

    /** Forgets the runs from {@code size} on; the way back of a step that could not be done whole. */
    public void truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("truncate to 0 to size: newSize=" + newSize + " size=" + size);
        }
        size = newSize;
    }

    public void clear() {
        size = 0;
    }

    /** Empties the list and gives its memory back when it holds more than {@code capacityMax} runs. */
    public void clearAndTrim(int capacityMax) {
        size = 0;
        if (runs.length > capacityMax) {
            runs = new long[capacityMax];
        }
    }

    /** Sum of the extents of runs {@code from} (inclusive) to {@code to} (exclusive). */
    public int extentCount(int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += ExtentRun.extentCount(run(i));
        }
        return count;
    }

    /** Sum of the extents of all runs. */
    public int extentCount() {
        return extentCount(0, size);
    }

    /**
     * Where a linear extent index of the runs {@code from} to {@code to} lies: the rest of its run, starting at it.
     *
     * @param linearExtent index of an extent in the concatenation of these runs
     * @return the packed rest of the run
     * @throws IndexOutOfBoundsException if these runs have no such extent
     */
    public long locate(int from, int to, int linearExtent) {
        int rest = linearExtent;
        for (int i = from; i < to && rest >= 0; i++) {
            long run = run(i);
            int count = ExtentRun.extentCount(run);
            if (rest < count) {
                return ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + rest, count - rest);
            }
            rest -= count;
        }
        throw new IndexOutOfBoundsException("no such extent: linearExtent=" + linearExtent +
            " extentCount=" + extentCount(from, to));
    }

    /** Bytes of heap this list occupies, for the accounts. */
    public long bookkeepingBytes() {
        return OBJECT_BYTES + ARRAY_HEADER_BYTES + 8L * runs.length;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ", ").append(ExtentRun.describe(runs[i]));
        }
        return text.append(']').toString();
    }
}
