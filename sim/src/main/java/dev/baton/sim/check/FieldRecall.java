package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * All fields of one class. Names that are left out of the state are brought back all the same: stamps and texts that
 * are only reported, numbers of timers, the seqlock's version. Views and iterators that maps keep are not touched. The
 * owner of a timer wheel has a {@link WheelRecall} for the wheel.
 */
final class FieldRecall implements Recall {
    private static final Set<String> LEFT_OUT = Set.of("timerId", "reservedNs", "grantedNs", "firstDataNs", "finNs",
        "readyNs", "takenNs", "version", "endDetail", "detail", "whyNot");

    /** Of the class, then of each above it that has any. */
    private final FieldGroup[] state;
    private final FieldGroup[] asides;
    private final FieldGroup[] fixed;
    private final WheelRecall wheelOrNull;

    FieldRecall(Class<?> type) {
        wheelOrNull = WheelRecall.ofOrNull(type);
        List<FieldGroup> allState = new ArrayList<>();
        List<FieldGroup> allAsides = new ArrayList<>();
        List<FieldGroup> allFixed = new ArrayList<>();
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            List<Field> fields = new ArrayList<>();
            for (Field field : at.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !isView(at, field)
                    && !(wheelOrNull != null && WheelRecall.isOwn(field))) {
                    fields.add(field);
                }
            }
            FieldGroup.add(allState, at, fields, field -> isMutable(field) && !isLeftOut(field));
            FieldGroup.add(allAsides, at, fields, field -> isMutable(field) && isLeftOut(field));
            FieldGroup.add(allFixed, at, fields, field -> !isMutable(field) && !isLeftOut(field)
                && (!field.getType().isPrimitive() || FieldGroup.isNumber(field)));
        }
        state = allState.toArray(FieldGroup[]::new);
        asides = allAsides.toArray(FieldGroup[]::new);
        fixed = allFixed.toArray(FieldGroup[]::new);
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

    @Override
    public void save(Object object, HeapImage into, HeapWalk walk) {
        for (FieldGroup group : state) {
            into.words(object, group);
            into.references(object, group, walk);
        }
        for (FieldGroup group : asides) {
            into.asides(object, group);
            into.texts(object, group);
        }
        if (wheelOrNull != null) {
            wheelOrNull.save(object, into, walk);
        }
    }

    @Override
    public void saveFixed(Object object, HeapImage into, HeapWalk walk) {
        for (FieldGroup group : fixed) {
            into.tokens(object, group, walk);
        }
    }

    @Override
    public void eachFixed(Object object, Consumer<Object> consumer) {
        for (FieldGroup group : fixed) {
            for (Object reference : group.references(object)) {
                consumer.accept(reference);
            }
        }
    }

    @Override
    public void restore(Object object, HeapImage from) {
        for (FieldGroup group : state) {
            from.restoreWords(object, group);
            from.restoreReferences(object, group);
        }
        for (FieldGroup group : asides) {
            from.restoreAsides(object, group);
            from.restoreReferences(object, group);
        }
        if (wheelOrNull != null) {
            wheelOrNull.restore(object, from);
        }
    }
}
