package dev.baton.buffer.tier;

/**
 * Doubly linked lists of slots; a slot is in one list at most. Eight bytes a slot; each list is a circle through a
 * sentinel, so that a slot leaves its list, and a list joins another, without anyone knowing which list it was. The
 * first of a list is the one that goes first. One owner.
 */
final class SlotLists {
    static final int NIL = -1;

    private final int slotCount;
    private final int[] next;
    private final int[] previous;

    SlotLists(int slotCount, int listCount) {
        this.slotCount = slotCount;
        next = new int[slotCount + listCount];
        previous = new int[slotCount + listCount];
        for (int at = 0; at < slotCount; at++) {
            next[at] = NIL;
        }
        for (int at = slotCount; at < next.length; at++) {
            next[at] = at;
            previous[at] = at;
        }
    }

    boolean isEmpty(int list) {
        return next[slotCount + list] == slotCount + list;
    }

    boolean isLinked(int slot) {
        return next[slot] != NIL;
    }

    /** The first slot of the list, or {@link #NIL}. */
    int first(int list) {
        int at = next[slotCount + list];
        return at < slotCount ? at : NIL;
    }

    void addLast(int list, int slot) {
        int sentinel = slotCount + list;
        int before = previous[sentinel];
        next[before] = slot;
        previous[slot] = before;
        next[slot] = sentinel;
        previous[sentinel] = slot;
    }

    /** Takes the slot out of whatever list it is in. */
    void unlink(int slot) {
        int before = previous[slot];
        int after = next[slot];
        next[before] = after;
        previous[after] = before;
        next[slot] = NIL;
    }

    /** Moves all of one list behind the last of another. */
    void append(int from, int to) {
        int source = slotCount + from;
        if (next[source] == source) {
            return;
        }
        int target = slotCount + to;
        int first = next[source];
        int last = previous[source];
        int before = previous[target];
        next[before] = first;
        previous[first] = before;
        next[last] = target;
        previous[target] = last;
        next[source] = source;
        previous[source] = source;
    }

    long bookkeepingBytes() {
        return 32 + 4L * (next.length + previous.length);
    }
}
