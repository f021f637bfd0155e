package dev.baton.buffer.tier;

/**
 * Slots by when they were touched, by class and by what they cost to compute again, and which of these groups goes first. A cohort is a stretch of touches;
 * old cohorts are joined in pairs, so that there are about {@value #PER_LEVEL} for each doubling of age, and a join is a
 * join of lists, whatever their length. The order is computed once an epoch from {@link ReuseRates}. One owner.
 */
final class Cohorts {
    private static final int PER_LEVEL = 16;
    private static final int LEVELS = 11;
    private static final int COHORTS_MAX = (PER_LEVEL + 1) * LEVELS + 2;

    private final int classCount;
    private final RecomputeCost cost;
    private final SlotLists lists;
    /** The list of those that were nominated while somebody used them. */
    private final int held;
    private final ReuseRates rates;

    /** From the oldest to the youngest; ids of gone cohorts stand behind the last. */
    private final int[] ids = new int[COHORTS_MAX];
    private final int[] levels = new int[COHORTS_MAX];
    private final long[] beginnings = new long[COHORTS_MAX];
    private int count;

    /** Lists in the order in which they go: value's bits, cohort's place, class. */
    private final long[] order;
    private final int[] ranks;
    private int orderLength;
    private int cursor;

    Cohorts(int slotCount, int rateClasses, RecomputeCost cost, ReuseRates rates) {
        classCount = rateClasses * cost.bandCount();
        this.cost = cost;
        this.rates = rates;
        held = COHORTS_MAX * classCount;
        lists = new SlotLists(slotCount, held + 1);
        order = new long[COHORTS_MAX * classCount];
        ranks = new int[COHORTS_MAX * classCount];
        for (int place = 0; place < COHORTS_MAX; place++) {
            ids[place] = place;
        }
    }

    boolean isLinked(int slot) {
        return lists.isLinked(slot);
    }

    void unlink(int slot) {
        lists.unlink(slot);
    }

    /** Puts the slot behind the others of its class that were touched at about that time. */
    void add(int slot, int blockClass, int band, long touch) {
        int list = list(placeOf(touch), blockClass * cost.bandCount() + band);
        lists.addLast(list, slot);
        cursor = Math.min(cursor, ranks[list]);
    }

    /** The slot that is worth least, or {@link SlotLists#NIL} where none is linked. */
    int first() {
        while (cursor < orderLength) {
            long entry = order[cursor];
            int slot = lists.first(list((int) (entry >>> 8) & 0xffff, (int) entry & 0xff));
            if (slot != SlotLists.NIL) {
                return slot;
            }
            cursor++;
        }
        return lists.first(held);
    }

    /** Puts the slot where it goes after all others, until it is taken from there. */
    void hold(int slot) {
        lists.unlink(slot);
        lists.addLast(held, slot);
    }

    /** Unlinks one slot that was put aside, or gives {@link SlotLists#NIL}. */
    int takeHeld() {
        int slot = lists.first(held);
        if (slot != SlotLists.NIL) {
            lists.unlink(slot);
        }
        return slot;
    }

    /** Begins a cohort: touches from here on are its own. Computes the order anew. */
    void begin(long touch) {
        beginnings[count] = touch;
        levels[count] = 0;
        count++;
        for (int level = 0; level < LEVELS; level++) {
            joinOldest(level);
        }
        arrange(touch);
    }

    long bookkeepingBytes() {
        return lists.bookkeepingBytes() + 16L * COHORTS_MAX + 12L * order.length + 96;
    }

    /** Joins the two oldest of a level where it has too many; they are neighbours, for levels fall with age. */
    private void joinOldest(int level) {
        int end = count;
        while (end > 0 && levels[end - 1] < level) {
            end--;
        }
        int first = end;
        while (first > 0 && levels[first - 1] == level) {
            first--;
        }
        if (end - first <= PER_LEVEL) {
            return;
        }
        for (int blockClass = 0; blockClass < classCount; blockClass++) {
            lists.append(list(first + 1, blockClass), list(first, blockClass));
        }
        levels[first] = Math.min(level + 1, LEVELS - 1);
        int freeId = ids[first + 1];
        count--;
        for (int place = first + 1; place < count; place++) {
            ids[place] = ids[place + 1];
            levels[place] = levels[place + 1];
            beginnings[place] = beginnings[place + 1];
        }
        ids[count] = freeId;
    }

    private void arrange(long touch) {
        orderLength = 0;
        for (int place = 0; place < count; place++) {
            long end = place + 1 < count ? beginnings[place + 1] : touch;
            long age = touch - (beginnings[place] + end) / 2;
            for (int blockClass = 0; blockClass < classCount; blockClass++) {
                double value = rates.value(blockClass / cost.bandCount(), age) * cost.weight(blockClass % cost.bandCount());
                long bits = Float.floatToIntBits((float) value);   // of positive floats: in their order
                order[orderLength++] = bits << 32 | (long) place << 8 | blockClass;
            }
        }
        sort();
        for (int rank = 0; rank < orderLength; rank++) {
            ranks[list((int) (order[rank] >>> 8) & 0xffff, (int) order[rank] & 0xff)] = rank;
        }
        cursor = 0;
    }

    /** Heapsort: in place, and nothing is allocated, which the library's sort does not promise. */
    private void sort() {
        for (int root = orderLength / 2 - 1; root >= 0; root--) {
            sink(root, orderLength);
        }
        for (int last = orderLength - 1; last > 0; last--) {
            long largest = order[0];
            order[0] = order[last];
            order[last] = largest;
            sink(0, last);
        }
    }

    private void sink(int from, int length) {
        int root = from;
        long entry = order[root];
        for (int child = 2 * root + 1; child < length; child = 2 * root + 1) {
            if (child + 1 < length && order[child + 1] > order[child]) {
                child++;
            }
            if (order[child] <= entry) {
                break;
            }
            order[root] = order[child];
            root = child;
        }
        order[root] = entry;
    }

    private int placeOf(long touch) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (beginnings[middle] <= touch) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int list(int place, int blockClass) {
        return ids[place] * classCount + blockClass;
    }
}
