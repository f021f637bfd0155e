package dev.baton.sim.trace;

import dev.baton.platform.Require;
import java.util.NoSuchElementException;

/** The first requests of another source. */
final class LimitedSource implements TraceSource {
    private final TraceSource source;
    private long requestsLeft;

    LimitedSource(TraceSource source, long requestsMax) {
        this.source = source;
        requestsLeft = Require.atLeast("requestsMax", requestsMax, 0);
    }

    @Override
    public boolean hasNext() {
        return requestsLeft > 0 && source.hasNext();
    }

    @Override
    public TraceRequest next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no more requests: source=" + name());
        }
        requestsLeft--;
        return source.next();
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public void close() {
        source.close();
    }
}
