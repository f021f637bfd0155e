package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.util.List;
import java.util.function.Predicate;

/**
 * Some fields that one class declares, read and written at once.
 *
 * @param numberCount    those of long, int and boolean
 * @param referenceCount all others
 */
record FieldGroup(FieldCopy copy, int numberCount, int referenceCount) {
    static FieldGroup of(Class<?> type, List<Field> fields) {
        for (Field field : fields) {
            if (field.getType().isPrimitive() && !isNumber(field)) {
                throw new IllegalArgumentException("a field of a kind that is not written down: " + field);
            }
        }
        List<Field> numbers = fields.stream().filter(FieldGroup::isNumber).toList();
        List<Field> references = fields.stream().filter(field -> !isNumber(field)).toList();
        return new FieldGroup(FieldCopyMaker.of(type, numbers, references), numbers.size(), references.size());
    }

    /** Adds the group of those, if there are any. */
    static void add(List<FieldGroup> to, Class<?> type, List<Field> fields, Predicate<Field> which) {
        List<Field> chosen = fields.stream().filter(which).toList();
        if (!chosen.isEmpty()) {
            to.add(of(type, chosen));
        }
    }

    static boolean isNumber(Field field) {
        return field.getType() == long.class || field.getType() == int.class || field.getType() == boolean.class;
    }

    Object[] references(Object object) {
        Object[] found = new Object[referenceCount];
        copy.readReferences(object, found, 0);
        return found;
    }
}
