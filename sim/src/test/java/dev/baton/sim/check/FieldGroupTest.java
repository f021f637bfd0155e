package dev.baton.sim.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That fields are read and written as they are, private and final ones too. */
class FieldGroupTest {
    private static final class Sample {
        private final int bound;
        private long total;
        private int count;
        private boolean isOpen;
        private final List<String> names = new ArrayList<>();
        private String name;

        Sample(int bound, long total, int count, boolean isOpen, String name) {
            this.bound = bound;
            this.total = total;
            this.count = count;
            this.isOpen = isOpen;
            this.name = name;
        }

        @Override
        public String toString() {
            return bound + " " + total + " " + count + " " + isOpen + " " + name + " " + names;
        }
    }

    private static FieldGroup group(String... names) throws NoSuchFieldException {
        List<Field> fields = new ArrayList<>();
        for (String name : names) {
            fields.add(Sample.class.getDeclaredField(name));
        }
        return FieldGroup.ofOrNull(Sample.class, fields, List.of());
    }

    @Test
    void shouldReadAndBringBackEveryKindOfField() throws NoSuchFieldException {
        FieldGroup group = group("total", "count", "isOpen", "name");
        Sample first = new Sample(1, Long.MIN_VALUE, -7, true, "first");
        Sample second = new Sample(2, 5, 6, false, null);

        group.copy().write(second, group.numbers(first), 0, group.references(first), 0);

        assertArrayEquals(new long[] {Long.MIN_VALUE, -7, 1}, group.numbers(first));
        assertEquals("2 -9223372036854775808 -7 true first []", second.toString());
    }

    @Test
    void shouldReadFinalFieldsAndLeaveThem() throws NoSuchFieldException {
        FieldGroup group = group("bound", "names");
        Sample first = new Sample(1, 0, 0, false, "");
        Sample second = new Sample(2, 0, 0, false, "");
        second.names.add("own");

        group.copy().write(second, group.numbers(first), 0, group.references(first), 0);

        assertEquals(1, group.numbers(first)[0]);
        assertEquals("2 0 0 false  [own]", second.toString());
    }

    @Test
    void shouldRefuseAKindThatIsNotWrittenDown() throws NoSuchFieldException {
        List<Field> fields = List.of(Double.class.getDeclaredField("value"));

        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> FieldGroup.ofOrNull(Double.class, fields, List.of()));

        assertTrue(refused.getMessage().contains("java.lang.Double.value"), refused::getMessage);
        assertNull(FieldGroup.ofOrNull(Sample.class, List.of(), List.of()));
    }
}
