package dev.baton.sim.check;

/**
 * Numbers objects by which they are, not by what they hold. Those numbered before {@link #keep()} stay; all later ones
 * are forgotten at no cost by {@link #clear()}.
 */
final class Identities {
    private static final int LENGTH = 1 << 12;
    private static final int KEPT = Integer.MAX_VALUE;

    private final Object[] keys = new Object[LENGTH];
    private final int[] indexes = new int[LENGTH];
    /** A place is taken if its mark is {@link #KEPT} or the current one. */
    private final int[] marks = new int[LENGTH];
    private int mark = KEPT;
    private int count;
    private int keptCount;

    void keep() {
        mark = 0;
        keptCount = count;
        clear();
    }

    void clear() {
        mark++;
        count = keptCount;
    }

    /** Its number; {@code next} if it has none yet. */
    @SuppressWarnings("ReferenceEquality")   // which object it is, not what it holds
    int index(Object object, int next) {
        int at = System.identityHashCode(object) & LENGTH - 1;
        while (marks[at] == mark || marks[at] == KEPT) {
            if (keys[at] == object) {
                return indexes[at];
            }
            at = at + 1 & LENGTH - 1;
        }
        if (++count > LENGTH / 2) {
            throw new IllegalStateException("more objects than a small world has: count=" + count + " last="
                + object.getClass().getName() + "; is something walked that is no part of the state?");
        }
        marks[at] = mark;
        keys[at] = object;
        indexes[at] = next;
        return next;
    }
}
