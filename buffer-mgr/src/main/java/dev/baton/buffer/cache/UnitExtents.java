package dev.baton.buffer.cache;

import java.util.Arrays;

import dev.baton.buffer.reserve.ExtentIndex;
import dev.baton.buffer.reserve.OldestExtents;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.BitRanges;
import dev.baton.memory.ExtentRun;

/**
 * Which extents a unit lies in, and which of these nobody holds. Idle extents are in one of two orders: those of units, and
 * those of none, which hold nothing that could be found. About 26 bytes an extent. One owner, no locks.
 */
final class UnitExtents {
    private static final int NONE = UnitTree.NONE;

    private final ExtentIndex index;
    private final OldestExtents live;
    private final OldestExtents dead;
    private final int[] deadCounts;
    private final int[] units;
    /** Of the same unit. */
    private final int[] nexts;
    private final int[] firsts;
    private final int[] heldCounts;
    private final long[] idle;

    UnitExtents(SlabPlan plan, int unitCount) {
        index = new ExtentIndex(plan);
        live = new OldestExtents(plan);
        dead = new OldestExtents(plan);
        deadCounts = new int[plan.bankCount()];
        units = new int[index.indexCount()];
        nexts = new int[index.indexCount()];
        Arrays.fill(units, NONE);
        firsts = new int[unitCount];
        Arrays.fill(firsts, NONE);
        heldCounts = new int[unitCount];
        idle = new long[BitRanges.wordCount(index.indexCount())];
    }

    /** The extent becomes the unit's; it was nobody's. */
    void add(int unit, int slabId, int extent) {
        int at = index.of(slabId, extent);
        if (units[at] != NONE) {
            throw new IllegalStateException("an extent is of one unit: " + ExtentRun.describe(index.run(at, 1)) + " units=" + units[at] +
                "," + unit);
        }
        boolean isIdle = BitRanges.isSet(idle, at);
        if (isIdle) {
            moveHeld(at, 1);
        }
        units[at] = unit;
        nexts[at] = firsts[unit];
        firsts[unit] = at;
        if (isIdle) {
            moveIdle(at, 1);
        } else {
            heldCounts[unit]++;
        }
    }

    /** Nothing of a unit is left in its extents that could be found. */
    void leave(int unit) {
        for (int at = firsts[unit]; at != NONE; at = nexts[at]) {
            boolean isIdle = BitRanges.isSet(idle, at);
            if (isIdle) {
                moveHeld(at, 1);
            }
            units[at] = NONE;
            if (isIdle) {
                moveIdle(at, 1);
            }
        }
        firsts[unit] = NONE;
        heldCounts[unit] = 0;
    }

    /** Whether nobody holds any of its extents. */
    boolean isIdle(int unit) {
        return heldCounts[unit] == 0;
    }

    void onIdle(long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        BitRanges.set(idle, first, end - first);
        for (int to = end; to > first; ) {                   // of what becomes idle together the end goes first
            int from = to - 1;
            while (from > first && isOfUnit(from - 1) == isOfUnit(to - 1)) {
                from--;
            }
            moveIdle(from, to - from);
            for (int at = from; at < to && units[at] != NONE; at++) {
                heldCounts[units[at]]--;
            }
            to = from;
        }
    }

    void onHeld(long run) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        BitRanges.clear(idle, first, end - first);
        for (int at = first; at < end; at++) {
            moveHeld(at, 1);
            if (units[at] != NONE) {
                heldCounts[units[at]]++;
            }
        }
    }

    /** Idle extents of no unit. */
    int deadCount(int bank) {
        return deadCounts[bank];
    }

    /** Idle extents of no unit, which are forgotten; there are some. */
    long takeDead(int bank, int countMax) {
        long run = dead.nextVictims(bank, countMax);
        deadCounts[bank] -= ExtentRun.extentCount(run);
        BitRanges.clear(idle, index.first(run), ExtentRun.extentCount(run));
        return run;
    }

    /** The unit of that which has been idle longest; {@link UnitTree#NONE} if no unit's extents are. */
    int oldestUnit(int bank) {
        return live.isEmpty(bank) ? NONE : units[live.oldest(bank)];
    }

    long bookkeepingBytes() {
        return live.bookkeepingBytes() + dead.bookkeepingBytes() + index.bookkeepingBytes() + 8L * (units.length + firsts.length) +
            8L * idle.length + 4L * deadCounts.length;
    }

    private boolean isOfUnit(int at) {
        return units[at] != NONE;
    }

    private void moveIdle(int first, int count) {
        long run = index.run(first, count);
        int bank = index.bank(run);
        if (isOfUnit(first)) {
            live.onIdle(bank, run);
        } else {
            dead.onIdle(bank, run);
            deadCounts[bank] += count;
        }
    }

    private void moveHeld(int first, int count) {
        long run = index.run(first, count);
        int bank = index.bank(run);
        if (isOfUnit(first)) {
            live.onHeld(bank, run);
        } else {
            dead.onHeld(bank, run);
            deadCounts[bank] -= count;
        }
    }
}
