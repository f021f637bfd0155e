package dev.baton.buffer.tier.disk;

import java.util.Locale;
import java.util.regex.Pattern;

/** The name of a log's file: its sequence in hex. */
final class LogName {
    private static final int DIGITS = 16;
    private static final Pattern PATTERN = Pattern.compile("[0-7][0-9a-f]{15}\\.log");

    private LogName() {}

    static String of(long sequence) {
        return String.format(Locale.ROOT, "%016x.log", sequence);
    }

    static boolean isOne(String name) {
        return PATTERN.matcher(name).matches() && sequence(name) > 0;
    }

    static long sequence(String name) {
        return Long.parseLong(name.substring(0, DIGITS), 16);
    }
}
