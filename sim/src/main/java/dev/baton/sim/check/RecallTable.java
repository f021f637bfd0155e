package dev.baton.sim.check;

/** The {@link Recall} of each class that is met, made at the first time. One thread. */
final class RecallTable {
    private static final int LENGTH = 1 << 10;

    private final Class<?>[] types = new Class<?>[LENGTH];
    private final Recall[] recalls = new Recall[LENGTH];
    private int count;

    Recall of(Object object) {
        Class<?> type = object.getClass();
        int at = type.hashCode() & LENGTH - 1;
        while (types[at] != type) {
            if (types[at] == null) {
                return put(at, type);
            }
            at = at + 1 & LENGTH - 1;
        }
        return recalls[at];
    }

    private Recall put(int at, Class<?> type) {
        if (++count > LENGTH / 2) {
            throw new IllegalStateException("more classes than a small world has: last=" + type.getName());
        }
        Recall recall = HeapWalk.isFixed(type) ? Recall.NOTHING : Recall.of(type);
        types[at] = type;
        recalls[at] = recall;
        return recall;
    }
}
