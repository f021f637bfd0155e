package dev.baton.sim.trace;

import java.util.Iterator;

/**
 * Requests in the order of their arrival, made or read one at a time. Not thread-safe. {@code next()} throws
 * {@link IllegalArgumentException} where the source is malformed, naming the place and the value.
 */
public interface TraceSource extends Iterator<TraceRequest>, AutoCloseable {
    /** What the requests come from, for a person: a file's name, or a generator and its seed. */
    String name();

    /** Frees what reading took. Throws nothing. */
    @Override
    void close();

    /**
     * Ends this source after {@code requestsMax} requests; what follows them is never looked at. Closing closes this
     * one.
     */
    default TraceSource limit(long requestsMax) {
        return new LimitedSource(this, requestsMax);
    }
}
