package dev.baton.sim.chaos;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps what simulated nodes would log off the terminal: what matters of it is in the history. */
final class Silence implements AutoCloseable {
    /** Held, as a logger that nobody holds forgets its level. */
    private final Logger logger = Logger.getLogger("dev.baton");
    private final Level before = logger.getLevel();

    Silence() {
        logger.setLevel(Level.OFF);
    }

    @Override
    public void close() {
        logger.setLevel(before);
    }
}
