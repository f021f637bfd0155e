package dev.baton.sim.check;

/** Numbers objects by which they are, not by what they hold; cleared at no cost. */
final class Identities {
    static final int NONE = -1;
    private static final int LENGTH = 1 << 12;

    private final Object[] keys = new Object[LENGTH];
    private final int[] indexes = new int[LENGTH];
    private final int[] marks = new int[LENGTH];
    private int mark;
    private int count;

    void clear() {
        mark++;
        count = 0;
    }

    int indexOrNone(Object object) {
        int at = place(object);
        return marks[at] == mark ? indexes[at] : NONE;
    }

    /** Its number; {@code next} if it has none yet. */
    int index(Object object, int next) {
        int at = place(object);
        if (marks[at] != mark) {
            if (++count > LENGTH / 2) {
                throw new IllegalStateException("more objects than a small world has: count=" + count + " last="
                    + object.getClass().getName() + "; is something walked that is no part of the state?");
            }
            marks[at] = mark;
            keys[at] = object;
            indexes[at] = next;
        }
        return indexes[at];
    }

    @SuppressWarnings("ReferenceEquality")   // which object it is, not what it holds
    private int place(Object object) {
        int at = System.identityHashCode(object) & LENGTH - 1;
        while (marks[at] == mark && keys[at] != object) {
            at = at + 1 & LENGTH - 1;
        }
        return at;
    }
}
