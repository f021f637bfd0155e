package dev.baton.receiver;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration on a command line as milliseconds: 500ms, 90s, 15m, 24h, 7d; 0 needs no unit. */
public final class DurationOptions implements ITypeConverter<Long> {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)|0");

    @Override
    public Long convert(String text) {
        Matcher matcher = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new TypeConversionException("a duration is a number with ms, s, m, h or d, like 24h: duration=" + text);
        }
        return matcher.group(1) == null ? 0 : Long.parseLong(matcher.group(1)) * switch (matcher.group(2)) {
            case "ms" -> 1L;
            case "s" -> 1_000L;
            case "m" -> 60_000L;
            case "h" -> 3_600_000L;
            default -> 86_400_000L;
        };
    }
}
