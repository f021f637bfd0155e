package dev.baton.sim.soak;

import java.io.Closeable;
import java.io.IOException;

/**
 * Closes what would outlive this process, processes and networks, when it is told to end before they were closed; from a thread of its own
 * then, beside the one that has them. Made by that one.
 */
final class CloseAtExit {
    private final String name;
    private final Closeable what;
    private final Thread hook;

    private CloseAtExit(String name, Closeable what) {
        this.name = name;
        this.what = what;
        hook = new Thread(this::close, "baton-" + name + "-close");
    }

    /** From now on until {@link #forget()}. The name is for people: that of a thread, and before what is said. */
    static CloseAtExit of(String name, Closeable what) {
        CloseAtExit made = new CloseAtExit(name, what);
        Runtime.getRuntime().addShutdownHook(made.hook);
        return made;
    }

    private void close() {
        try {
            what.close();
        } catch (IOException ex) {
            System.err.println(name + ": something is left behind: " + ex.getMessage());
        }
    }

    /** It is closed. Also said from within that closing, where this process is ending already. */
    void forget() {
        if (Thread.currentThread().equals(hook)) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ex) {
            // The hook finds nothing left to do: said so that nobody takes the end for an error.
            System.err.println(name + ": ends while what it started is taken away");
        }
    }
}
