package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * All fields of one class. Names that are left out of the state are brought back all the same: stamps and texts that
 * are only reported, numbers of timers, the seqlock's version. Views and iterators that maps keep are not touched. The
 * owner of a timer wheel has a {@link WheelRecall} for the wheel.
 */
final class FieldRecall implements Recall {
    private static final Set<String> LEFT_OUT = Set.of("timerId", "reservedNs", "grantedNs", "firstDataNs", "finNs",
        "readyNs", "takenNs", "version", "endDetail", "detail", "whyNot");

    /** Of the class, then of each above it that has any. */
    private final FieldGroup[] changing;
    private final FieldGroup[] fixed;
    private final WheelRecall wheelOrNull;

    FieldRecall(Class<?> type) {
        wheelOrNull = WheelRecall.ofOrNull(type);
        List<FieldGroup> allChanging = new ArrayList<>();
        List<FieldGroup> allFixed = new ArrayList<>();
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            Class<?> declaring = at;
            List<Field> fields = Stream.of(at.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !isView(declaring, field)
                    && !(wheelOrNull != null && WheelRecall.isOwn(field))).toList();
            allChanging.add(FieldGroup.ofOrNull(at, select(fields, field -> isMutable(field) && !isLeftOut(field)),
                select(fields, field -> isMutable(field) && isLeftOut(field))));
            allFixed.add(FieldGroup.ofOrNull(at, select(fields, field -> !isMutable(field) && !isLeftOut(field)
                && (!field.getType().isPrimitive() || FieldGroup.isNumber(field))), List.of()));
        }
        changing = allChanging.stream().filter(Objects::nonNull).toArray(FieldGroup[]::new);
        fixed = allFixed.stream().filter(Objects::nonNull).toArray(FieldGroup[]::new);
    }

    private static List<Field> select(List<Field> fields, Predicate<Field> which) {
        return fields.stream().filter(which).toList();
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

    /** What has no fields is what its class is. */
    @Override
    public boolean isValue() {
        return isUnchanging() && fixed.length == 0;
    }

    @Override
    public long token(Object value) {
        return value.getClass().getName().hashCode() | 1L << 42;
    }

    @Override
    public boolean isUnchanging() {
        return changing.length == 0 && wheelOrNull == null;
    }

    @Override
    public void save(Object object, HeapImage into, HeapWalk walk) {
        for (FieldGroup group : changing) {
            into.fields(object, group, walk);
        }
        if (wheelOrNull != null) {
            wheelOrNull.save(object, into, walk);
        }
    }

    @Override
    public void saveFixed(Object object, HeapImage into, HeapWalk walk) {
        for (FieldGroup group : fixed) {
            into.fixed(object, group, walk);
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
        for (FieldGroup group : changing) {
            from.restoreFields(object, group);
        }
        if (wheelOrNull != null) {
            wheelOrNull.restore(object, from);
        }
    }
}
