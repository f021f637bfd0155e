package dev.baton.transport.rdma.verbs;

import java.io.IOException;

/** A network card with one protection domain: memory registered here is known to every queue pair made here. */
public interface Device {
    int LOCAL_WRITE = 1;
    int REMOTE_WRITE = 2;
    int REMOTE_READ = 4;

    /** Such as {@code mlx5_0}. */
    String name();

    /** Longest message of one work request, in bytes. */
    long messageBytesMax();

    /** Pins memory and lets this device at it; the flags are the constants above, added. */
    MemoryKeys register(long address, long lengthBytes, int access) throws IOException;

    /** A queue for completions of any queue pairs made here. */
    CompletionQueue createQueue(int entries) throws IOException;
}
