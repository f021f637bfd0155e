package dev.baton.sender.core;

/** Spreads refused senders out: chance, handed in, so that a test or a simulation can say what comes. */
@FunctionalInterface
public interface Jitter {
    /**
     * A number from 0 to {@code boundNs - 1}, any of them equally likely.
     *
     * @param boundNs at least 1
     */
    long below(long boundNs);
}
