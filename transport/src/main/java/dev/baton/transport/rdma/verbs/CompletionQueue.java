package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** Where work requests end. Owned by one thread; allocates nothing once warm. */
public interface CompletionQueue extends AutoCloseable {
    int SUCCESS = 0;
    /** Not carried out, because the queue pair was broken before. */
    int FLUSHED = 5;
    /** The peer's keys or bounds do not allow it. */
    int REMOTE_ACCESS_ERROR = 10;
    /** No answer came, however often it was sent. */
    int RETRIES_EXCEEDED = 12;

    /** The kind of a receive that took a write's immediate value. */
    int RECEIVED_IMMEDIATE = 129;

    /** Takes completions, up to as many as one batch holds; index 0 to the result - 1 then name them. */
    int poll() throws IOException;

    /** Asks for an event with the next completion; what came before this may have none, so {@link #poll} once more. */
    void arm() throws IOException;

    /** Behind {@link #arm}: sleeps until the event comes, so long at most. */
    void sleep(int timeoutMs) throws IOException;

    /** The caller's number of the work request: the only thing that says whose it is, also when it failed. */
    long requestId(int index);

    /** {@link #SUCCESS}, or {@code ibv_wc_status}. */
    int status(int index);

    /** {@code ibv_wc_opcode}; means nothing where the status is not {@link #SUCCESS}. */
    int kind(int index);

    /** Bytes that a write with an immediate value wrote; means nothing where the status is not {@link #SUCCESS}. */
    int lengthBytes(int index);

    /** The immediate value; means nothing but for {@link #RECEIVED_IMMEDIATE}. */
    int immediate(int index);

    /** Its queue pairs must be destroyed before. */
    @Override
    void close();
}
