package dev.baton.buffer;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a size on a command line: 512MiB, 4GiB, 1TiB, 64k, or plain bytes; k, m, g and t are powers of 1,024. */
public final class ByteSizeOptions implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*([kmgt]?)(i?b)?");

    @Override
    public Long convert(String text) {
        Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new TypeConversionException("a size is a number with B, KiB, MiB, GiB or TiB, like 4GiB: size="
                + text);
        }
        long number = Long.parseLong(matcher.group(1));
        int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(matcher.group(2)));
        if (number > Long.MAX_VALUE >> shift) {
            throw new TypeConversionException("the size is too large: size=" + text);
        }
        return number << shift;
    }
}
