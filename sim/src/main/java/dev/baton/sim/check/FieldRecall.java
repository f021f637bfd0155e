package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * All fields of one class. Names that are left out of the state are brought back all the same: stamps and texts that
 * are only reported, numbers of timers, the seqlock's version. Views and iterators that maps keep are not touched. The
 * owner of a timer wheel has a {@link WheelRecall} for the wheel.
 */
final class FieldRecall implements Recall {
    private static final Set<String> LEFT_OUT = Set.of("timerId", "reservedNs", "grantedNs", "firstDataNs", "finNs",
        "readyNs", "takenNs", "version", "endDetail", "detail", "whyNot");

    private final Field[] longs;
    private final Field[] ints;
    private final Field[] booleans;
    private final Field[] asides;
    private final Field[] references;
    private final Field[] texts;
    private final Field[] fixedNumbers;
    private final Field[] fixedReferences;
    private final WheelRecall wheelOrNull;

    FieldRecall(Class<?> type) {
        wheelOrNull = WheelRecall.ofOrNull(type);
        List<Field> all = new ArrayList<>();
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !isView(at, field)
                    && !(wheelOrNull != null && WheelRecall.isOwn(field))) {
                    field.setAccessible(true);
                    all.add(field);
                }
            }
        }
        longs = select(all, field -> isMutable(field) && !isLeftOut(field) && field.getType() == long.class);
        ints = select(all, field -> isMutable(field) && !isLeftOut(field) && field.getType() == int.class);
        booleans = select(all, field -> isMutable(field) && field.getType() == boolean.class);
        asides = select(all, field -> isMutable(field) && isLeftOut(field) && field.getType().isPrimitive());
        references = select(all, field -> isMutable(field) && !isLeftOut(field) && !field.getType().isPrimitive());
        texts = select(all, field -> isMutable(field) && isLeftOut(field) && !field.getType().isPrimitive());
        fixedNumbers = select(all, field -> !isMutable(field) && !isLeftOut(field)
            && (field.getType() == long.class || field.getType() == int.class));
        fixedReferences = select(all, field -> !isMutable(field) && !isLeftOut(field)
            && !field.getType().isPrimitive());
        for (Field field : all) {
            Class<?> kind = field.getType();
            if (isMutable(field) && kind.isPrimitive() && kind != long.class && kind != int.class
                && kind != boolean.class) {
                throw new IllegalArgumentException("a field of a kind that is not written down: " + field);
            }
        }
    }

    private static boolean isMutable(Field field) {
        return !Modifier.isFinal(field.getModifiers());
    }

    private static boolean isLeftOut(Field field) {
        return LEFT_OUT.contains(field.getName());
    }

    private static boolean isView(Class<?> type, Field field) {
        return type.getPackageName().startsWith("org.agrona") && !field.getType().isPrimitive()
            && !field.getType().isArray();
    }

    private static Field[] select(List<Field> all, Predicate<Field> which) {
        return all.stream().filter(which).toArray(Field[]::new);
    }

    @Override
    public void save(Object object, HeapImage into, HeapWalk walk) {
        try {
            for (Field field : longs) {
                into.word(field.getLong(object));
            }
            for (Field field : ints) {
                into.word(field.getInt(object));
            }
            for (Field field : booleans) {
                into.word(field.getBoolean(object) ? 1 : 0);
            }
            for (Field field : asides) {
                into.aside(((Number) field.get(object)).longValue());
            }
            for (Field field : references) {
                Object value = field.get(object);
                into.ref(value);
                into.token(walk.token(value));
            }
            for (Field field : texts) {
                into.ref(field.get(object));
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be read: type=" + object.getClass().getName(), ex);
        }
        if (wheelOrNull != null) {
            wheelOrNull.save(object, into, walk);
        }
    }

    @Override
    public void saveFixed(Object object, HeapImage into, HeapWalk walk) {
        try {
            for (Field field : fixedNumbers) {
                into.token(field.getType() == long.class ? field.getLong(object) : field.getInt(object));
            }
            for (Field field : fixedReferences) {
                into.token(walk.token(field.get(object)));
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be read: type=" + object.getClass().getName(), ex);
        }
    }

    @Override
    public void eachFixed(Object object, Consumer<Object> consumer) {
        try {
            for (Field field : fixedReferences) {
                consumer.accept(field.get(object));
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be read: type=" + object.getClass().getName(), ex);
        }
    }

    @Override
    public void restore(Object object, HeapImage from) {
        try {
            for (Field field : longs) {
                field.setLong(object, from.nextWord());
            }
            for (Field field : ints) {
                field.setInt(object, (int) from.nextWord());
            }
            for (Field field : booleans) {
                field.setBoolean(object, from.nextWord() != 0);
            }
            for (Field field : asides) {
                if (field.getType() == long.class) {
                    field.setLong(object, from.nextAside());
                } else {
                    field.setInt(object, (int) from.nextAside());
                }
            }
            for (Field field : references) {
                field.set(object, from.nextRef());
            }
            for (Field field : texts) {
                field.set(object, from.nextRef());
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a field cannot be written: type=" + object.getClass().getName(), ex);
        }
        if (wheelOrNull != null) {
            wheelOrNull.restore(object, from);
        }
    }
}
