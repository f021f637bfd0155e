package dev.baton.transport.rdma.verbs;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes ids of connections and tells what happens to them. Owned by one thread. After {@link #poll} the accessors hold
 * one event, which is acknowledged already.
 */
public interface ConnectionChannel extends AutoCloseable {
    int NONE = -1;
    int ADDRESS_RESOLVED = 0;
    int ADDRESS_ERROR = 1;
    int ROUTE_RESOLVED = 2;
    int ROUTE_ERROR = 3;
    int CONNECT_REQUEST = 4;
    int CONNECT_ERROR = 6;
    int UNREACHABLE = 7;
    int REJECTED = 8;
    int ESTABLISHED = 9;
    int DISCONNECTED = 10;
    int DEVICE_REMOVAL = 11;
    int TIMEWAIT_EXIT = 15;

    ConnectionId createId() throws IOException;

    /** The next event's number, one of the constants above or another of {@code rdma_cm_event_type}; {@link #NONE} for none. */
    int poll() throws IOException;

    /** What the event is about; of a {@link #CONNECT_REQUEST} a new id, which the caller accepts or rejects, and destroys. */
    ConnectionId id();

    /** A negative errno, or the reason of a rejection; 0 where all is well. */
    int status();

    /** What the peer said with its request, answer or rejection, padded by the transport; empty where nothing. */
    ByteBuffer privateData();

    /** All ids must be destroyed before. */
    @Override
    void close();
}
