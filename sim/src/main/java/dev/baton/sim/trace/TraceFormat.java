package dev.baton.sim.trace;

/**
 * Reads the lines of one trace file, in order; some formats carry state from line to line, so each file has its own.
 * A line that does not fit throws {@link IllegalArgumentException} that names the field and the value;
 * {@link TraceFile} adds the file and the line number.
 */
interface TraceFormat {
    TraceRequest parse(String line);

    /**
     * The format of a file whose first line is {@code firstLine}. The content decides, because files get renamed.
     *
     * @throws IllegalArgumentException if no format begins like this
     */
    static TraceFormat of(String firstLine) {
        if (firstLine.startsWith("{")) {
            return new MooncakeFormat();
        }
        if (AzureFormat.isHeader(firstLine)) {
            return new AzureFormat();
        }
        throw new IllegalArgumentException("unknown trace format: it begins with \"" + excerpt(firstLine) +
            "\"; give Mooncake's JSONL, whose lines begin with {, or Azure's CSV, which begins with " +
            AzureFormat.HEADER);
    }

    /** A line as an error message shows it: short, and free of control characters. */
    static String excerpt(String line) {
        String shown = line.length() <= 80 ? line : line.substring(0, 80) + "...";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
