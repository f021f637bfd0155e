package dev.baton.sim.check;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/** How an object of one class is written down and brought back. */
interface Recall {
    /** Of what does not change, or does not count. */
    Recall NOTHING = new Recall() {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {}

        @Override
        public void restore(Object object, HeapImage from) {}

        @Override
        public boolean isValue() {
            return true;
        }
    };

    void save(Object object, HeapImage into, HeapWalk walk);

    void restore(Object object, HeapImage from);

    /** What never changes in it, of an object that is not always there. */
    default void saveFixed(Object object, HeapImage into, HeapWalk walk) {}

    /** Objects that it always refers to, or does at the start. */
    default void eachFixed(Object object, Consumer<Object> consumer) {}

    /** Whether nothing in it changes, though it may refer to what does. */
    default boolean isUnchanging() {
        return false;
    }

    /** Whether there is nothing to bring back: {@link #token} is all. */
    default boolean isValue() {
        return false;
    }

    /** Of a value. */
    default long token(Object value) {
        return 1L << 45;
    }

    /**
     * Of objects of that class.
     *
     * @throws IllegalArgumentException for a class of the JDK that nobody has thought of here
     */
    static Recall of(Class<?> type) {
        if (HeapWalk.VALUES.contains(type) || Enum.class.isAssignableFrom(type)) {
            return new OfValues();
        }
        if (type.isArray()) {
            if (!type.componentType().isPrimitive()) {
                return new OfReferences();
            }
            if (type == long[].class) {
                return new OfLongs();
            }
            if (type == int[].class) {
                return new OfInts();
            }
            if (type == boolean[].class) {
                return new OfBooleans();
            }
            if (type == byte[].class) {
                return new OfBytes();
            }
        } else if (type == BitSet.class) {
            return new OfBits();
        } else if (type == AtomicBoolean.class || type == AtomicIntegerArray.class) {
            return new OfAtomics();
        } else if (type.getPackageName().equals("java.util")
            || (Map.class.isAssignableFrom(type) && !type.getPackageName().startsWith("org.agrona"))) {
            if (Map.class.isAssignableFrom(type)) {
                return new OfMap();
            }
            if (Collection.class.isAssignableFrom(type)) {
                return new OfCollection();
            }
        } else if (!type.getPackageName().startsWith("java")) {
            return new FieldRecall(type);
        }
        throw new IllegalArgumentException("nobody has said how this class is written down: class=" + type.getName()
            + "; add a case here, or leave its field out of the state");
    }

    /** Equal ones are the same. */
    final class OfValues implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {}

        @Override
        public void restore(Object object, HeapImage from) {}

        @Override
        public boolean isValue() {
            return true;
        }

        @Override
        public long token(Object value) {
            return value instanceof Enum<?> constant ? constant.name().hashCode() | 1L << 40
                : value.hashCode() | 1L << 41;
        }
    }

    /** Elements, in their places; most of most arrays is empty. */
    final class OfReferences implements Recall {
        @Override
        public void eachFixed(Object object, Consumer<Object> consumer) {
            for (Object element : (Object[]) object) {
                consumer.accept(element);
            }
        }

        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            Object[] array = (Object[]) object;
            int count = 0;
            for (Object element : array) {
                count += element == null ? 0 : 1;
            }
            into.token(array.length);
            into.word(count);
            for (int i = 0; i < array.length; i++) {
                if (array[i] != null) {
                    into.word(i);
                    into.ref(array[i], walk);
                }
            }
        }

        @Override
        public void restore(Object object, HeapImage from) {
            Object[] array = (Object[]) object;
            Arrays.fill(array, null);
            for (long count = from.nextWord(); count > 0; count--) {
                array[(int) from.nextWord()] = from.nextRef();
            }
        }
    }

    final class OfLongs implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            into.words((long[]) object);
        }

        @Override
        public void restore(Object object, HeapImage from) {
            from.nextWords((long[]) object);
        }
    }

    /** Two to a word. */
    final class OfInts implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            int[] array = (int[]) object;
            for (int i = 0; i < array.length; i += 2) {
                into.word((array[i] & 0xFFFF_FFFFL) | (i + 1 < array.length ? (long) array[i + 1] << 32 : 0));
            }
        }

        @Override
        public void restore(Object object, HeapImage from) {
            int[] array = (int[]) object;
            for (int i = 0; i < array.length; i += 2) {
                long word = from.nextWord();
                array[i] = (int) word;
                if (i + 1 < array.length) {
                    array[i + 1] = (int) (word >>> 32);
                }
            }
        }
    }

    final class OfBooleans implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            for (boolean value : (boolean[]) object) {
                into.word(value ? 1 : 0);
            }
        }

        @Override
        public void restore(Object object, HeapImage from) {
            boolean[] array = (boolean[]) object;
            for (int i = 0; i < array.length; i++) {
                array[i] = from.nextWord() != 0;
            }
        }
    }

    /** Messages: nobody changes one that was sent, and two that say the same are the same. */
    final class OfBytes implements Recall {
        private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class,
            ByteOrder.LITTLE_ENDIAN);

        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {}

        @Override
        public void restore(Object object, HeapImage from) {}

        @Override
        public boolean isValue() {
            return true;
        }

        @Override
        public long token(Object value) {
            byte[] array = (byte[]) value;
            Mix mix = new Mix().add(array.length);
            int at = 0;
            for (; at + Long.BYTES <= array.length; at += Long.BYTES) {
                mix.add((long) WORDS.get(array, at));
            }
            for (; at < array.length; at++) {
                mix.add(array[at]);
            }
            return mix.value();
        }
    }

    final class OfBits implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            long[] words = ((BitSet) object).toLongArray();
            into.word(words.length);
            for (long word : words) {
                into.word(word);
            }
        }

        @Override
        public void restore(Object object, HeapImage from) {
            long[] words = new long[(int) from.nextWord()];
            for (int i = 0; i < words.length; i++) {
                words[i] = from.nextWord();
            }
            BitSet bits = (BitSet) object;
            bits.clear();
            bits.or(BitSet.valueOf(words));
        }
    }

    final class OfAtomics implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            if (object instanceof AtomicBoolean flag) {
                into.word(flag.get() ? 1 : 0);
            } else {
                AtomicIntegerArray array = (AtomicIntegerArray) object;
                for (int i = 0; i < array.length(); i++) {
                    into.word(array.get(i));
                }
            }
        }

        @Override
        public void restore(Object object, HeapImage from) {
            if (object instanceof AtomicBoolean flag) {
                flag.set(from.nextWord() != 0);
            } else {
                AtomicIntegerArray array = (AtomicIntegerArray) object;
                for (int i = 0; i < array.length(); i++) {
                    array.set(i, (int) from.nextWord());
                }
            }
        }
    }

    /** Lists and queues. */
    final class OfCollection implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            Collection<?> elements = (Collection<?>) object;
            into.word(elements.size());
            for (Object element : elements) {
                into.ref(element, walk);
            }
        }

        @Override
        @SuppressWarnings("unchecked")   // they were in it
        public void restore(Object object, HeapImage from) {
            Collection<Object> elements = (Collection<Object>) object;
            elements.clear();
            long size = from.nextWord();
            for (long i = 0; i < size; i++) {
                elements.add(from.nextRef());
            }
        }
    }

    final class OfMap implements Recall {
        @Override
        public void save(Object object, HeapImage into, HeapWalk walk) {
            Map<?, ?> map = (Map<?, ?>) object;
            into.word(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                into.ref(entry.getKey(), walk);
                into.ref(entry.getValue(), walk);
            }
        }

        @Override
        @SuppressWarnings("unchecked")   // they were in it
        public void restore(Object object, HeapImage from) {
            Map<Object, Object> map = (Map<Object, Object>) object;
            map.clear();
            long size = from.nextWord();
            for (long i = 0; i < size; i++) {
                Object key = from.nextRef();
                map.put(key, from.nextRef());
            }
        }
    }
}
