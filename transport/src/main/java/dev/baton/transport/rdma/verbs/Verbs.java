package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** One way of having RDMA verbs in this process. Safe from any thread; what it opens is owned by one thread each. */
public interface Verbs {
    /** A channel of events of connections, and the ids that are made on it. */
    ConnectionChannel openChannel() throws IOException;
}
