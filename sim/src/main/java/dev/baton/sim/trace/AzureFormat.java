package dev.baton.sim.trace;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A header, then {@code TIMESTAMP,ContextTokens,GeneratedTokens}: UTC as {@code 2023-11-16 18:17:03.9799600}, perhaps
 * with an offset of zero behind it, and two token counts. Arrivals count from the first line's. Source:
 * Azure/AzurePublicDataset, AzureLLMInferenceTrace.
 */
final class AzureFormat implements TraceFormat {
    static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

    /** Java's years reach so far that the milliseconds between two of them do not fit a long. */
    private static final int YEAR_MAX = 9999;

    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
        .append(DateTimeFormatter.ISO_LOCAL_DATE).appendLiteral(' ').append(DateTimeFormatter.ISO_LOCAL_TIME)
        .optionalStart().appendLiteral("+00:00").optionalEnd()
        .toFormatter();

    private LocalDateTime first;

    static boolean isHeader(String line) {
        return line.strip().equalsIgnoreCase(HEADER);
    }

    @Override
    public TraceRequest parse(String line) {
        String[] fields = line.strip().split(",", -1);
        if (fields.length != 3) {
            throw new IllegalArgumentException("a line has 3 fields, " + HEADER + ": fields=" + fields.length +
                " in \"" + TraceFormat.excerpt(line) + "\"");
        }
        LocalDateTime at = timestamp(fields[0]);
        if (first == null) {
            first = at;
        }
        long arrivalMs = ChronoUnit.MILLIS.between(first, at);
        if (arrivalMs < 0 || arrivalMs > TraceRequest.ARRIVAL_MS_MAX) {
            throw new IllegalArgumentException("TIMESTAMP must be 0 to 10 years after the first line's: TIMESTAMP=" +
                fields[0] + " first=" + first);
        }
        return new TraceRequest(arrivalMs, tokens("ContextTokens", fields[1], 1),
            tokens("GeneratedTokens", fields[2], 0), List.of());
    }

    private static LocalDateTime timestamp(String text) {
        try {
            LocalDateTime at = LocalDateTime.parse(text, TIMESTAMP);
            if (at.getYear() < 1 || at.getYear() > YEAR_MAX) {
                throw new DateTimeException("year=" + at.getYear());
            }
            return at;
        } catch (DateTimeException ex) {
            throw new IllegalArgumentException("TIMESTAMP must look like 2023-11-16 18:17:03.9799600: TIMESTAMP=" +
                TraceFormat.excerpt(text), ex);
        }
    }

    private static int tokens(String field, String text, int min) {
        int tokens;
        try {
            tokens = Integer.parseInt(text);
        } catch (NumberFormatException _) {
            tokens = -1;                                     // falls to the range check, which shows the text itself
        }
        if (tokens < min || tokens > TraceRequest.TOKENS_MAX) {
            throw new IllegalArgumentException(field + " must be a whole number, " + min + " to " +
                TraceRequest.TOKENS_MAX + ": " + field + "=" + TraceFormat.excerpt(text));
        }
        return tokens;
    }
}
