package dev.baton.sim.bench;

/** What stands behind a tier, used without it: as fast as it can, by as many threads as the tier has operations under way. */
interface RawLimit extends AutoCloseable {
    /** Bytes per second of one pass over the set. */
    double write();

    /** As {@link #write()}, reading what it wrote. */
    double read();

    @Override
    void close();
}
