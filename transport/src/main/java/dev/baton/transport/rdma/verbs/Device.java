package dev.baton.transport.rdma.verbs;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
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

    /** New memory of zeros that this device can be let at; whoever asked registers it, and closes it after the keys. */
    default Region allocate(MemoryLedger ledger, String owner, long lengthBytes) throws IOException {
        return Regions.anonymous(ledger, owner, lengthBytes);
    }

    /** A queue for completions of any queue pairs made here. */
    CompletionQueue createQueue(int entries) throws IOException;
}
