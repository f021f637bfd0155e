package dev.baton.sim.report;

import java.io.PrintWriter;
import java.util.function.Supplier;

/**
 * How far a long run is, on standard error: one line, redrawn in place on a terminal; elsewhere a line now and then, less
 * often the longer it takes, so that logs stay short. The caller steps it from its own loop and hands the time in; nothing is made between two
 * drawings. One thread. Progress libraries draw from threads of their own and take the terminal over, which a run that
 * is measured can do without.
 */
public final class Progress implements AutoCloseable {
    private static final long TERMINAL_INTERVAL_NS = 200_000_000L;
    private static final long LOG_INTERVAL_NS = 5_000_000_000L;
    /** In a log, of the time so far. */
    private static final int LOG_PARTS = 20;
    private static final int COLUMNS_MAX = 100;

    private final PrintWriter err;
    private final boolean isTerminal;
    private final Supplier<String> line;
    private boolean hasDrawn;
    private long firstNs;
    private long drawnNs;
    private int drawnLength;

    /** @param line makes the line to show; asked only when one is due */
    public Progress(PrintWriter err, boolean isTerminal, Supplier<String> line) {
        this.err = err;
        this.isTerminal = isTerminal;
        this.line = line;
    }

    /** Whether standard error is a terminal. The launcher knows; Java does not. */
    public static boolean isTerminal() {
        return Boolean.getBoolean("baton.stderr.terminal");
    }

    /**
     * Draws when a line is due: at the first step, then five times a second; in a log after five seconds, or after a
     * twentieth of the time so far where that is more.
     */
    public void step(long nowNs) {
        if (!hasDrawn) {
            firstNs = nowNs;
        } else if (nowNs - drawnNs < intervalNs(nowNs)) {
            return;
        }
        hasDrawn = true;
        drawnNs = nowNs;
        draw();
    }

    private long intervalNs(long nowNs) {
        return isTerminal ? TERMINAL_INTERVAL_NS : Math.max(LOG_INTERVAL_NS, (nowNs - firstNs) / LOG_PARTS);
    }

    /** Takes the line off a terminal, where something else is about to be said; it is drawn again when it is due. */
    public void makeRoom() {
        if (isTerminal && drawnLength > 0) {
            err.print("\r" + " ".repeat(drawnLength) + "\r");
            err.flush();
            drawnLength = 0;
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
