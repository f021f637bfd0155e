package dev.baton.sim.check;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Folds all that an object of the core remembers into a {@link Mix}, field by field, so that a field which is added to
 * the core belongs to the state at once. Left out: names that every run has others of (tokens, timer and correlation
 * numbers, texts), what never changes in a run, and stamps that are only reported. A field that ends in {@code Ns} is
 * an instant and counts from now.
 */
final class FieldDigest {
    private static final Set<String> LEFT_OUT = Set.of("tokenHigh", "tokenLow", "timerId", "reserveCorrelation",
        "incarnation", "handoffId", "reservationId", "reservation", "map", "runs", "aux", "reservedNs", "finNs",
        "readyNs", "takenNs");

    private final Map<Class<?>, List<Field>> fields = new HashMap<>();

    /** Adds the object's fields, and those of the objects in its arrays. */
    void add(Mix mix, Object object, long nowNs) {
        try {
            for (Field field : fields.computeIfAbsent(object.getClass(), FieldDigest::stateOf)) {
                addField(mix, field, object, nowNs);
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be read: type=" + object.getClass().getName(), ex);
        }
    }

    private void addField(Mix mix, Field field, Object object, long nowNs) throws IllegalAccessException {
        Class<?> type = field.getType();
        if (type == long.class) {
            long value = field.getLong(object);
            boolean isUnset = value == 0 || value == Long.MAX_VALUE;
            mix.add(field.getName().endsWith("Ns") && !isUnset ? value - nowNs + 1 : value);
        } else if (type == int.class) {
            mix.add(field.getInt(object));
        } else if (type == boolean.class) {
            mix.add(field.getBoolean(object) ? 1 : 2);
        } else if (type == int[].class) {
            for (int value : (int[]) field.get(object)) {
                mix.add(value);
            }
        } else {
            addReference(mix, field.get(object), nowNs);
        }
    }

    private void addReference(Mix mix, Object value, long nowNs) {
        switch (value) {
            case null -> mix.add(-1);
            case CheckSession session -> mix.add(session.number() * 2L + (session.isOpen() ? 1 : 0));
            case Enum<?> constant -> mix.add(constant.name().hashCode());
            case Object array when array.getClass().isArray() && !array.getClass().componentType().isPrimitive() -> {
                for (int i = 0; i < Array.getLength(array); i++) {
                    Object element = Array.get(array, i);
                    if (element == null) {
                        mix.add(-1);
                    } else {
                        add(mix, element, nowNs);
                    }
                }
            }
            default -> { }
        }
    }

    private static List<Field> stateOf(Class<?> type) {
        List<Field> state = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            boolean isText = field.getType() == String.class;
            if (!Modifier.isStatic(field.getModifiers()) && !isText && !LEFT_OUT.contains(field.getName())) {
                field.setAccessible(true);
                state.add(field);
            }
        }
        return state;
    }
}
