package dev.baton.sim.report;

import java.util.Locale;

/** Numbers as a person reads them: three or four digits that matter, and the unit. */
public final class Human {
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Human() {}

    /** E.g. {@code 512 B}, {@code 1.50 GiB}: binary units, as memory is counted. */
    public static String bytes(long lengthBytes) {
        double value = lengthBytes;
        int unit = 0;
        while (Math.abs(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit == 0 ? Long.toString(lengthBytes) : significant(value)) + " " + BYTE_UNITS[unit];
    }

    /** E.g. {@code 950 ns}, {@code 12.3 ms}, {@code 4.20 s}, {@code 3 min 05 s}. */
    public static String duration(long durationNs) {
        double magnitude = Math.abs((double) durationNs);
        if (magnitude < 1e3) {
            return durationNs + " ns";
        }
        if (magnitude < 1e6) {
            return significant(durationNs / 1e3) + " us";
        }
        if (magnitude < 1e9) {
            return significant(durationNs / 1e6) + " ms";
        }
        if (magnitude < 120e9) {
            return significant(durationNs / 1e9) + " s";
        }
        long seconds = Math.round(durationNs / 1e9);
        return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, Math.abs(seconds % 60));
    }

    /** E.g. {@code 9.41 GB/s}: decimal, as links and memory bandwidth are quoted. */
    public static String rate(double bytesPerSecond) {
        if (!Double.isFinite(bytesPerSecond)) {
            return "-";
        }
        return bytesPerSecond < 1e6 ? significant(bytesPerSecond / 1e3) + " kB/s"
            : bytesPerSecond < 1e9 ? significant(bytesPerSecond / 1e6) + " MB/s"
            : significant(bytesPerSecond / 1e9) + " GB/s";
    }

    /** E.g. {@code 12,035}. */
    public static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** Three digits that matter, never an exponent; {@code -} for what is no number. */
    public static String significant(double value) {
        double magnitude = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "-";
        }
        int decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 || magnitude == 0 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
