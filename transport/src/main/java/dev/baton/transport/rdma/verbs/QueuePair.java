package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** The two queues of one connection. Owned by one thread; posting allocates nothing once each immediate value was used. */
public interface QueuePair {
    /** Hands a write to the device: carried out in order, behind all before it. Throws where the device takes it not. */
    void post(WriteRequest write) throws IOException;

    /** Stands ready for one write with an immediate value; the completion bears this number. */
    void postReceive(long requestId) throws IOException;
}
