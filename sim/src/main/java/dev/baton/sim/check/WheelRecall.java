package dev.baton.sim.check;

import java.lang.reflect.Field;
import java.util.Arrays;
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

    private final Field wheel;
    private final Field owners;
    private final Field places;
    private final Field placesPerTick;
    private final Field[] numbers;

    private WheelRecall(Field wheel, Field owners) {
        this.wheel = wheel;
        this.owners = owners;
        places = of(DeadlineTimerWheel.class, WHEEL);
        placesPerTick = of(DeadlineTimerWheel.class, "tickAllocation");
        numbers = new Field[] {
            of(DeadlineTimerWheel.class, "startTime"), of(DeadlineTimerWheel.class, "currentTick"),
            of(DeadlineTimerWheel.class, "timerCount"), of(DeadlineTimerWheel.class, "pollIndex")};
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
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException ex) {
            throw new IllegalArgumentException("a wheel and its table are not where they were: type=" + type.getName()
                + " field=" + name, ex);
        }
    }

    @Override
    public void save(Object object, HeapImage into, HeapWalk walk) {
        try {
            Object timers = wheel.get(object);
            for (Field number : numbers) {
                into.aside(number.getType() == long.class ? number.getLong(timers) : number.getInt(timers));
            }
            long[] deadlines = (long[]) places.get(timers);
            int perTick = placesPerTick.getInt(timers);
            Long2ObjectHashMap<Object> table = tableOf(object);
            into.aside(table.size());
            long[] sum = new long[1];
            table.forEachLong((timerId, owner) -> {
                long deadline = deadlines[place(timerId, perTick)];
                into.aside(timerId);
                into.aside(deadline);
                into.ref(owner);
                sum[0] += (deadline + 0x9E37_79B9L * walk.token(owner)) * 0xD6E8_FEB8_6659_FD93L;
            });
            into.token(sum[0]);
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a wheel cannot be read", ex);
        }
    }

    @Override
    public void restore(Object object, HeapImage from) {
        try {
            Object timers = wheel.get(object);
            for (Field number : numbers) {
                if (number.getType() == long.class) {
                    number.setLong(timers, from.nextAside());
                } else {
                    number.setInt(timers, (int) from.nextAside());
                }
            }
            long[] deadlines = (long[]) places.get(timers);
            int perTick = placesPerTick.getInt(timers);
            Long2ObjectHashMap<Object> table = tableOf(object);
            table.forEachLong((timerId, owner) -> deadlines[place(timerId, perTick)] =
                DeadlineTimerWheel.NULL_DEADLINE);
            table.clear();
            long count = from.nextAside();
            for (long i = 0; i < count; i++) {
                long timerId = from.nextAside();
                deadlines[place(timerId, perTick)] = from.nextAside();
                table.put(timerId, from.nextRef());
            }
        } catch (IllegalAccessException ex) {
            throw new IllegalStateException("a wheel cannot be written", ex);
        }
    }

    @SuppressWarnings("unchecked")   // whatever it holds is put back
    private Long2ObjectHashMap<Object> tableOf(Object object) throws IllegalAccessException {
        return (Long2ObjectHashMap<Object>) owners.get(object);
    }

    /** A timer's number is its tick's place in the wheel above, its own in the tick below. */
    private static int place(long timerId, int perTick) {
        return (int) (timerId >>> 32) * perTick + (int) timerId;
    }
}
