package dev.baton.sim.report;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps what nodes within this process would log off the terminal, until it is closed. */
public final class Silence implements AutoCloseable {
    /** Held, as a logger that nobody holds forgets its level. */
    private final Logger logger = Logger.getLogger("dev.baton");
    private final Level before = logger.getLevel();

    private Silence(Level lowest) {
        logger.setLevel(lowest);
    }

    /** Of all, for nodes that are simulated: what matters of it is in their history. */
    public static Silence whole() {
        return new Silence(Level.OFF);
    }

    /** Of all but warnings, for nodes that come and go as they should. */
    public static Silence exceptWarnings() {
        return new Silence(Level.WARNING);
    }

    @Override
    public void close() {
        logger.setLevel(before);
    }
}
