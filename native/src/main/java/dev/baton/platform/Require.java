package dev.baton.platform;

/** Argument checks whose messages name the value, what it was and what it must be. */
public final class Require {
    private Require() {}

    public static long atLeast(String name, long value, long min) {
        if (value < min) {
            throw new IllegalArgumentException(name + " must be at least " + min + ": " + name + "=" + value);
        }
        return value;
    }

    public static int atLeast(String name, int value, int min) {
        return (int) atLeast(name, (long) value, min);
    }

    public static long between(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                name + " must be " + min + " to " + max + ": " + name + "=" + value);
        }
        return value;
    }

    public static int between(String name, int value, int min, int max) {
        return (int) between(name, (long) value, min, max);
    }

    public static void that(boolean holds, String name, Object value, String mustBe) {
        if (!holds) {
            throw new IllegalArgumentException(name + " must be " + mustBe + ": " + name + "=" + value);
        }
    }
}
