package dev.baton.transport;

import java.nio.file.Path;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;

/**
 * What every transport of a process is told once.
 *
 * @param incarnation     this process; names its shared-memory files
 * @param sharedMemoryDir where slab and ring files of all nodes on this host lie, mode 0700
 * @param spillDir        the same for slabs of the slower tier; null where this node has none and maps none
 * @param aeronDir        the media driver's directory; null starts an embedded driver when a transport first needs one
 * @param copier          copies and checksums
 * @param ledger          counts the memory that transports own
 * @param isEncrypting    whether two-sided lanes carry nothing but sealed frames; others do not open then
 * @param rdma            how devices for RDMA are used
 */
public record TransportContext(long incarnation, Path sharedMemoryDir, Path spillDir, Path aeronDir, Copier copier,
    MemoryLedger ledger, boolean isEncrypting, RdmaOptions rdma) {

    /** With RDMA, if at all, as is usual. */
    public TransportContext(long incarnation, Path sharedMemoryDir, Path spillDir, Path aeronDir, Copier copier,
        MemoryLedger ledger, boolean isEncrypting) {
        this(incarnation, sharedMemoryDir, spillDir, aeronDir, copier, ledger, isEncrypting, RdmaOptions.DEFAULTS);
    }

    /** In the clear. */
    public TransportContext(long incarnation, Path sharedMemoryDir, Path spillDir, Path aeronDir, Copier copier,
        MemoryLedger ledger) {
        this(incarnation, sharedMemoryDir, spillDir, aeronDir, copier, ledger, false);
    }

    /** Without a spill directory. */
    public TransportContext(long incarnation, Path sharedMemoryDir, Path aeronDir, Copier copier, MemoryLedger ledger) {
        this(incarnation, sharedMemoryDir, null, aeronDir, copier, ledger);
    }
}
