package dev.baton.sim.bench;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people type them: {@code 65536}, {@code 64KiB}, {@code 4MiB}, {@code 1GiB}; also without the {@code iB}. */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})\\s*([KMGT]?)(I?B)?");

    private ByteSize() {}

    /**
     * Reads one.
     * @throws IllegalArgumentException if it is no size, or larger than {@code max} bytes, or 0
     */
    public static long parse(String text, long max) {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size: size=" + text
                + "; type bytes, or a number and KiB, MiB or GiB");
        }
        int shift = switch (matcher.group(2)) {
            case "K" -> 10;
            case "M" -> 20;
            case "G" -> 30;
            case "T" -> 40;
            default -> 0;
        };
        long value = Long.parseLong(matcher.group(1));
        if (value < 1 || value > max >> shift) {
            throw new IllegalArgumentException("size must be 1 to " + max + " bytes: size=" + text);
        }
        return value << shift;
    }
}
