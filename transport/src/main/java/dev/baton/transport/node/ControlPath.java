package dev.baton.transport.node;

import org.agrona.DirectBuffer;

/** A one-way path to one peer's control port. Owned by the control agent's thread. */
public interface ControlPath extends AutoCloseable {
    long ACCEPTED = 1;
    /** Nothing was taken; try again next cycle. The same before the path is connected. */
    long BACK_PRESSURED = -1;
    /** Nothing was taken and nothing ever will be. */
    long CLOSED = -3;

    /** Takes one whole message of at most 64 KiB, or none of it. */
    long offer(DirectBuffer buffer, int offset, int length);

    boolean isClosed();

    /** Why it closed by itself, or why it is not connected; empty if there is nothing to say. */
    String whyNot();

    /** Closes; what was taken is still delivered if the peer is there. */
    @Override
    void close();
}
