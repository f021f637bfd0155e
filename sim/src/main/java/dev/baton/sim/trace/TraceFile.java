package dev.baton.sim.trace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A trace on disk, read line by line: memory does not grow with the file. Blank lines are skipped. What does not fit is
 * refused with the file, the line number (from 1) and the value. One thread.
 */
public final class TraceFile implements TraceSource {
    /** A prompt of {@link TraceRequest#TOKENS_MAX} tokens has 31,250 block ids; a longer line is no trace. */
    private static final int LINE_CHARS_MAX = 1 << 20;

    private final Path file;
    private final BufferedReader reader;
    private final TraceFormat format;
    private final StringBuilder line = new StringBuilder();
    private int lineNumber;
    private boolean hasLine;

    private TraceFile(Path file, BufferedReader reader) throws IOException {
        this.file = file;
        this.reader = reader;
        hasLine = readLine();
        if (!hasLine) {
            throw malformed("the trace is empty", null);
        }
        try {
            format = TraceFormat.of(line.toString());
        } catch (IllegalArgumentException ex) {
            throw malformed(ex.getMessage(), ex);
        }
        if (format instanceof AzureFormat) {
            hasLine = readLine();                            // the header told the format and has nothing more to tell
        }
    }

    /**
     * Opens a trace; its content tells the format.
     *
     * @throws IllegalArgumentException if there is no such file, it cannot be read, or it is no trace
     */
    public static TraceFile open(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("no such trace: file=" + file + "; check the path");
        }
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IllegalArgumentException("not a readable file: file=" + file
                + "; check the path and its permissions");
        }
        try {
            BufferedReader reader = new BufferedReader(
                new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
            try {
                return new TraceFile(file, reader);
            } catch (IOException | RuntimeException ex) {
                reader.close();
                throw ex;
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot read the trace: file=" + file, ex);
        }
    }

    /** The first {@code requestsMax} requests of a trace; fewer where it ends before. */
    public static List<TraceRequest> read(Path file, int requestsMax) {
        List<TraceRequest> requests = new ArrayList<>();
        try (TraceSource source = open(file).limit(requestsMax)) {
            source.forEachRemaining(requests::add);
        }
        return requests;
    }

    @Override
    public boolean hasNext() {
        return hasLine;
    }

    @Override
    public TraceRequest next() {
        if (!hasLine) {
            throw new NoSuchElementException("no more requests: file=" + file);
        }
        TraceRequest request;
        try {
            request = format.parse(line.toString());
        } catch (IllegalArgumentException ex) {
            throw malformed(ex.getMessage(), ex);
        }
        try {
            hasLine = readLine();
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot read the trace: file=" + file + " line=" + lineNumber, ex);
        }
        return request;
    }

    @Override
    public String name() {
        return String.valueOf(file.getFileName());
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot close the trace: file=" + file, ex);
        }
    }

    /**
     * Reads up to the next line that is not blank; false at the end. A line has a bound, so that no file exhausts
     * memory.
     */
    private boolean readLine() throws IOException {
        do {
            line.setLength(0);
            int next = reader.read();
            if (next < 0) {
                return false;
            }
            lineNumber++;
            for (; next >= 0 && next != '\n'; next = reader.read()) {
                if (line.length() == LINE_CHARS_MAX) {
                    throw malformed("the line is longer than " + LINE_CHARS_MAX + " characters", null);
                }
                line.append((char) next);
            }
        } while (line.toString().isBlank());
        return true;
    }

    private IllegalArgumentException malformed(String what, Exception cause) {
        return new IllegalArgumentException("malformed trace: file=" + file + " line=" + Math.max(1, lineNumber) + ": "
            + what, cause);
    }
}
