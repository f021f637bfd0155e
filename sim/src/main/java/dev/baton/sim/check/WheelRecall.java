package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * A timer wheel and the table of whose its timers are: a wheel has tens of thousands of places, so only those that the
 * table names are written down. When they are due and whose they are belongs to the state; where they are in the
 * wheel does not.
 */
final class WheelRecall implements Recall {
    private static final String WHEEL = "wheel";
    private static final String OWNERS = "byTimer";

    /** The wheel, and its table. */
    private final FieldGroup both;
    /** The wheel's places, and how many a tick has. */
    private final FieldGroup places;
    private final FieldGroup numbers;

    private WheelRecall(Field wheel, Field owners) {
        both = FieldGroup.ofOrNull(wheel.getDeclaringClass(), List.of(wheel, owners), List.of());
        places = FieldGroup.ofOrNull(DeadlineTimerWheel.class, List.of(of(DeadlineTimerWheel.class, WHEEL),
            of(DeadlineTimerWheel.class, "tickAllocation")), List.of());
        numbers = FieldGroup.ofOrNull(DeadlineTimerWheel.class, List.of(), List.of(of(DeadlineTimerWheel.class, "startTime"),
            of(DeadlineTimerWheel.class, "currentTick"), of(DeadlineTimerWheel.class, "timerCount"),
            of(DeadlineTimerWheel.class, "pollIndex")));
    }

    /** Null for a class that has no wheel. */
    static WheelRecall ofOrNull(Class<?> type) {
        boolean hasWheel = Arrays.stream(type.getDeclaredFields())
            .anyMatch(field -> field.getType() == DeadlineTimerWheel.class);
        return hasWheel ? new WheelRecall(of(type, WHEEL), of(type, OWNERS)) : null;
    }

    static boolean isOwn(Field field) {
        return field.getName().equals(WHEEL) || field.getName().equals(OWNERS);
    }

    private static Field of(Class<?> type, String name) {
        try {
            return type.getDeclaredField(name);
        } catch (NoSuchFieldException ex) {
            throw new IllegalArgumentException("a wheel and its table are not where they were: type=" + type.getName()
                + " field=" + name, ex);
        }
    }

    @Override
    public void save(Object object, HeapImage into, HeapWalk walk) {
        Object[] found = both.references(object);
        into.fields(found[0], numbers, walk);
        long[] deadlines = (long[]) places.references(found[0])[0];
        int perTick = perTick(found[0]);
        Long2ObjectHashMap<Object> table = table(found[1]);
        into.aside(table.size());
        long[] sum = new long[1];
        table.forEachLong((timerId, owner) -> {
            long deadline = deadlines[place(timerId, perTick)];
            into.aside(timerId);
            into.aside(deadline);
            into.looseRef(owner);
            sum[0] += (deadline + 0x9E37_79B9L * walk.token(owner)) * 0xD6E8_FEB8_6659_FD93L;
        });
        into.token(sum[0]);
    }

    @Override
    public void restore(Object object, HeapImage from) {
        Object[] found = both.references(object);
        from.restoreFields(found[0], numbers);
        long[] deadlines = (long[]) places.references(found[0])[0];
        int perTick = perTick(found[0]);
        Long2ObjectHashMap<Object> table = table(found[1]);
        table.forEachLong((timerId, owner) -> deadlines[place(timerId, perTick)] = DeadlineTimerWheel.NULL_DEADLINE);
        table.clear();
        long count = from.nextWord();
        for (long i = 0; i < count; i++) {
            long timerId = from.nextWord();
            deadlines[place(timerId, perTick)] = from.nextWord();
            table.put(timerId, from.nextRef());
        }
    }

    private int perTick(Object wheel) {
        return (int) places.numbers(wheel)[0];
    }

    @SuppressWarnings("unchecked")   // whatever it holds is put back
    private static Long2ObjectHashMap<Object> table(Object owners) {
        return (Long2ObjectHashMap<Object>) owners;
    }

    /** A timer's number is its tick's place in the wheel above, its own in the tick below. */
    private static int place(long timerId, int perTick) {
        return (int) (timerId >>> 32) * perTick + (int) timerId;
    }
}
