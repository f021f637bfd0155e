package dev.baton.buffer.cache;

import java.util.Arrays;

/**
 * Which unit follows which: a unit's parent is the one with the block before its first. Units are numbers from 0 on; 20 bytes a
 * unit. One owner, no locks.
 */
final class UnitTree {
    static final int NONE = -1;

    private final int[] parents;
    private final int[] firstChildren;
    private final int[] nextSiblings;
    private final int[] previousSiblings;
    /** The unit that landed behind it together with it, and goes with it. */
    private final int[] followers;

    UnitTree(int unitCount) {
        parents = filled(unitCount);
        firstChildren = filled(unitCount);
        nextSiblings = filled(unitCount);
        previousSiblings = filled(unitCount);
        followers = filled(unitCount);
    }

    /** @param parent or {@link #NONE} */
    void add(int unit, int parent, boolean isFollower) {
        parents[unit] = parent;
        firstChildren[unit] = NONE;
        previousSiblings[unit] = NONE;
        nextSiblings[unit] = NONE;
        followers[unit] = NONE;
        if (parent != NONE) {
            int sibling = firstChildren[parent];
            nextSiblings[unit] = sibling;
            if (sibling != NONE) {
                previousSiblings[sibling] = unit;
            }
            firstChildren[parent] = unit;
            if (isFollower) {
                followers[parent] = unit;
            }
        }
    }

    /** Its children have no parent any more. */
    void remove(int unit) {
        for (int child = firstChildren[unit]; child != NONE; ) {
            int next = nextSiblings[child];
            parents[child] = NONE;
            nextSiblings[child] = NONE;
            previousSiblings[child] = NONE;
            child = next;
        }
        int parent = parents[unit];
        if (parent == NONE) {
            return;
        }
        int before = previousSiblings[unit];
        int after = nextSiblings[unit];
        if (before == NONE) {
            firstChildren[parent] = after;
        } else {
            nextSiblings[before] = after;
        }
        if (after != NONE) {
            previousSiblings[after] = before;
        }
        if (followers[parent] == unit) {
            followers[parent] = NONE;
        }
    }

    int parent(int unit) {
        return parents[unit];
    }

    int follower(int unit) {
        return followers[unit];
    }

    boolean isLeaf(int unit) {
        return firstChildren[unit] == NONE;
    }

    /** An end of a chain that goes through this unit: that which came last at each fork. */
    int leafOf(int unit) {
        int leaf = unit;
        while (firstChildren[leaf] != NONE) {
            leaf = firstChildren[leaf];
        }
        return leaf;
    }

    long bookkeepingBytes() {
        return 20L * parents.length;
    }

    private static int[] filled(int count) {
        int[] links = new int[count];
        Arrays.fill(links, NONE);
        return links;
    }
}
