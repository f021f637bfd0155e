package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** One way of having RDMA verbs in this process. Safe from any thread; what it opens is owned by one thread each. */
public interface Verbs extends AutoCloseable {
    /** A channel of events of connections, and the ids that are made on it. */
    ConnectionChannel openChannel() throws IOException;

    /** False where peers reach memory only that lies in files which both ends map. */
    default boolean isReachingAnyMemory() {
        return true;
    }

    /** After everything that was made here; what belongs to the machine stays. */
    @Override
    default void close() {}
}
