package dev.baton.transport.rdma.shared;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.RegionException;
import dev.baton.memory.Regions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Files of peers that this process has mapped, each once, however many queue pairs write to it. Safe from any thread. */
final class PeerFiles {
    private static final String OWNER = "transport.rdma-sim.peer";

    private final Path directory;
    private final Path spillDirectoryOrNull;
    private final MemoryLedger ledger;
    private final Map<Path, Mapped> mappedByPath = new HashMap<>();

    /** A mapping and how many hold it. */
    private static final class Mapped {
        private final Region region;
        private int holders;

        Mapped(Region region) {
            this.region = region;
        }
    }

    PeerFiles(Path directory, Path spillDirectoryOrNull, MemoryLedger ledger) {
        this.directory = directory.toAbsolutePath();
        this.spillDirectoryOrNull = spillDirectoryOrNull == null ? null : spillDirectoryOrNull.toAbsolutePath();
        this.ledger = ledger;
    }

    /** The file of that number of that process. */
    Region hold(long incarnation, long number, long lengthBytes) throws IOException {
        return hold(SharedNames.file(directory, incarnation, number), lengthBytes);
    }

    /** A file that a peer's table names. Both ends are told the directories by their operators; the name is checked. */
    Region hold(boolean isSpill, String name, long lengthBytes) throws IOException {
        if (!SharedNames.isMemory(name) || (isSpill && spillDirectoryOrNull == null)) {
            throw new IOException("the peer's memory cannot be mapped here: name=" + name + " isSpill=" + isSpill +
                " spillDir=" + spillDirectoryOrNull);
        }
        return hold((isSpill ? spillDirectoryOrNull : directory).resolve(name), lengthBytes);
    }

    private synchronized Region hold(Path path, long lengthBytes) throws IOException {
        Mapped mapped = mappedByPath.get(path);
        if (mapped == null) {
            try {
                mapped = new Mapped(Regions.openFile(ledger, OWNER, path, lengthBytes, true));
            } catch (RegionException ex) {
                throw new IOException("the peer's memory cannot be mapped: " + ex.getMessage(), ex);
            }
            mappedByPath.put(path, mapped);
        }
        mapped.holders++;
        return mapped.region;
    }

    synchronized void release(Region region) {
        Mapped mapped = mappedByPath.get(region.pathOrNull());
        if (--mapped.holders == 0) {
            mappedByPath.remove(region.pathOrNull());
            region.close();
        }
    }
}
