package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

/** The {@link Recall} of each class that is met, made at the first time. One thread. */
final class RecallTable {
    private static final int LENGTH = 1 << 10;

    private final Class<?>[] types = new Class<?>[LENGTH];
    private final Recall[] recalls = new Recall[LENGTH];
    private final boolean[] areValues = new boolean[LENGTH];
    /** The one object that a class has for all and nobody changes, as NONE; else null. */
    private final Object[] constants = new Object[LENGTH];
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

    /** Of the last one, which this is: whether it is what its class has for all. */
    @SuppressWarnings("ReferenceEquality")   // which object it is
    boolean isConstant(Object object) {
        return constants[last] == object;
    }

    private static Object constantOrNull(Class<?> type) {
        try {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && Modifier.isFinal(field.getModifiers())
                    && field.getType() == type) {
                    field.setAccessible(true);
                    return field.get(null);
                }
            }
            return null;
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be read: type=" + type.getName(), ex);
        }
    }

    private Recall put(int at, Class<?> type) {
        if (++count > LENGTH / 2) {
            throw new IllegalStateException("more classes than a small world has: last=" + type.getName());
        }
        Recall recall = HeapWalk.isFixed(type) ? Recall.NOTHING : Recall.of(type);
        types[at] = type;
        recalls[at] = recall;
        areValues[at] = recall.isValue();
        constants[at] = areValues[at] ? null : constantOrNull(type);
        last = at;
        return recall;
    }
}
