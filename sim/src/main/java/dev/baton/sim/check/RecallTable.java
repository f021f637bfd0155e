package dev.baton.sim.check;

/** The {@link Recall} of each class that is met, made at the first time. One thread. */
final class RecallTable {
    private static final int LENGTH = 1 << 10;

    private final Class<?>[] types = new Class<?>[LENGTH];
    private final Recall[] recalls = new Recall[LENGTH];
    private final boolean[] areValues = new boolean[LENGTH];
    private int count;
    private int last;

    Recall of(Object object) {
        Class<?> type = object.getClass();
        int at = type.hashCode() & LENGTH - 1;
        while (types[at] != type) {
            if (types[at] == null) {
                return put(at, type);
            }
            at = at + 1 & LENGTH - 1;
        }
        last = at;
        return recalls[at];
    }

    /** Of the last one: {@link Recall#isValue()}, at hand. */
    boolean isValue() {
        return areValues[last];
    }

    private Recall put(int at, Class<?> type) {
        if (++count > LENGTH / 2) {
            throw new IllegalStateException("more classes than a small world has: last=" + type.getName());
        }
        Recall recall = HeapWalk.isFixed(type) ? Recall.NOTHING : Recall.of(type);
        types[at] = type;
        recalls[at] = recall;
        areValues[at] = recall.isValue();
        last = at;
        return recall;
    }
}
