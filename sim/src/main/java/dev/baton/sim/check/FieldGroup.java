package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Some fields that one class declares, read and written at once; those that are no part of the state come last.
 *
 * @param numberCount    those of long, int and boolean
 * @param asideCount     of these, how many are no part of the state
 * @param referenceCount all others
 * @param textCount      of these, how many are no part of the state
 */
record FieldGroup(FieldCopy copy, int numberCount, int asideCount, int referenceCount, int textCount) {
    /** Null if there are no fields. */
    static FieldGroup ofOrNull(Class<?> type, List<Field> fields, List<Field> asides) {
        for (Field field : Stream.concat(fields.stream(), asides.stream()).toList()) {
            if (field.getType().isPrimitive() && !isNumber(field)) {
                throw new IllegalArgumentException("a field of a kind that is not written down: " + field);
            }
        }
        List<Field> numbers = both(fields, asides, FieldGroup::isNumber);
        List<Field> references = both(fields, asides, field -> !isNumber(field));
        int asideCount = (int) asides.stream().filter(FieldGroup::isNumber).count();
        return fields.isEmpty() && asides.isEmpty() ? null : new FieldGroup(
            FieldCopyMaker.of(type, numbers, references), numbers.size(), asideCount, references.size(),
            asides.size() - asideCount);
    }

    private static List<Field> both(List<Field> fields, List<Field> asides, Predicate<Field> which) {
        return Stream.concat(fields.stream(), asides.stream()).filter(which).toList();
    }

    static boolean isNumber(Field field) {
        return field.getType() == long.class || field.getType() == int.class || field.getType() == boolean.class;
    }

    long[] numbers(Object object) {
        long[] found = new long[numberCount];
        copy.read(object, found, 0, new Object[referenceCount], 0);
        return found;
    }

    Object[] references(Object object) {
        Object[] found = new Object[referenceCount];
        copy.read(object, new long[numberCount], 0, found, 0);
        return found;
    }
}
