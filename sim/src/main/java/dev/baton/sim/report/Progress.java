package dev.baton.sim.report;

import java.io.PrintWriter;
import java.util.function.Supplier;

/**
 * How far a long run is, on standard error: one line, redrawn in place on a terminal; elsewhere a line now and then, so
 * that logs stay short. The caller steps it from its own loop and hands the time in; nothing is made between two
 * drawings. One thread. Progress libraries draw from threads of their own and take the terminal over, which a run that
 * is measured can do without.
 */
public final class Progress implements AutoCloseable {
    private static final long TERMINAL_INTERVAL_NS = 200_000_000L;
    private static final long LOG_INTERVAL_NS = 5_000_000_000L;
    private static final int COLUMNS_MAX = 100;

    private final PrintWriter err;
    private final boolean isTerminal;
    private final long intervalNs;
    private final Supplier<String> line;
    private boolean hasDrawn;
    private long drawnNs;
    private int drawnLength;

    /** @param line makes the line to show; asked only when one is due */
    public Progress(PrintWriter err, boolean isTerminal, Supplier<String> line) {
        this.err = err;
        this.isTerminal = isTerminal;
        this.line = line;
        intervalNs = isTerminal ? TERMINAL_INTERVAL_NS : LOG_INTERVAL_NS;
    }

    /** Whether standard error is a terminal. The launcher knows; Java does not. */
    public static boolean isTerminal() {
        return Boolean.getBoolean("baton.stderr.terminal");
    }

    /** Draws when a line is due: at the first step, then five times a second, or every five seconds in a log. */
    public void step(long nowNs) {
        if (!hasDrawn || nowNs - drawnNs >= intervalNs) {
            hasDrawn = true;
            drawnNs = nowNs;
            draw();
        }
    }

    /** Draws the last state and ends the line. */
    @Override
    public void close() {
        if (!hasDrawn) {
            return;
        }
        draw();
        if (isTerminal) {
            err.println();
            err.flush();
        }
    }

    private void draw() {
        String text = line.get();
        if (!isTerminal) {
            err.println(text);
            err.flush();
            return;
        }
        String shown = text.length() <= COLUMNS_MAX ? text : text.substring(0, COLUMNS_MAX);
        err.print("\r" + shown + " ".repeat(Math.max(0, drawnLength - shown.length())));
        err.flush();
        drawnLength = shown.length();
    }
}
