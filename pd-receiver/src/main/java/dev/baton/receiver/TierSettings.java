package dev.baton.receiver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Require;
import dev.baton.receiver.core.TierLimits;

/**
 * The disk tier below a receiver's pool: where it lies, how much of each directory it takes, and how long a request waits
 * for it.
 *
 * @param directories one for each device; a process has them for itself
 * @param spaceBytes  of each directory
 * @param limits      of what the receiver asks of it
 */
public record TierSettings(List<Path> directories, long spaceBytes, TierLimits limits) {
    private static final String DISK = "disk:";
    private static final long SPACE_BYTES_MIN = 64L << 20;
    private static final long FILE_BYTES_MAX = 1L << 30;
    private static final int FILES_MIN = 8;
    private static final int FILE_ALIGNMENT = 4096;
    private static final int ENTRIES_MIN = 1 << 12;
    private static final int ENTRIES_MAX = 1 << 22;

    public TierSettings {
        directories = List.copyOf(directories);
        Require.that(!directories.isEmpty(), "tier", directories, "at least one directory");
        Require.atLeast("tierSpaceBytes", spaceBytes, SPACE_BYTES_MIN);
    }

    /**
     * Reads an address, {@code disk:/nvme0/baton,/nvme1/baton}.
     *
     * @throws IllegalArgumentException if there is no such kind of tier; the message says what to type
     */
    public static TierSettings disk(String address, long spaceBytes, long waitNs) {
        if (!address.startsWith(DISK) || address.length() == DISK.length()) {
            throw new IllegalArgumentException("no such tier: --tier=" + address + "; type disk:/path, or disk:/path,/path2 for two devices");
        }
        List<Path> paths = new ArrayList<>();
        for (String path : address.substring(DISK.length()).split(",", -1)) {
            paths.add(Path.of(path.startsWith(DISK) ? path.substring(DISK.length()) : path).toAbsolutePath().normalize());
        }
        return new TierSettings(paths, spaceBytes, TierLimits.DEFAULT.withWaitNs(waitNs));
    }

    /** As {@link #disk} reads it. */
    public String address() {
        return DISK + directories.stream().map(Path::toString).collect(Collectors.joining(","));
    }

    /**
     * Opens it.
     *
     * @param extentBytes of the pool: records are so long at most
     * @throws IllegalArgumentException if its space is too small for the extents
     */
    BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        long fileBytes = Math.min(FILE_BYTES_MAX, spaceBytes / FILES_MIN / FILE_ALIGNMENT * FILE_ALIGNMENT);
        double blockBytes = layout.layout().bytesPerTokenIfAllKept() * layout.layout().blockTokens() / layout.sharding().count();
        long recordBytes = Math.clamp((long) blockBytes, FILE_ALIGNMENT, extentBytes);
        int entries = Math.clamp(2L * directories.size() * (spaceBytes / recordBytes), ENTRIES_MIN, ENTRIES_MAX);
        BlockStore store = DiskStore.open(new DiskContext().directories(directories).spaceBytesMax(spaceBytes).fileBytes(fileBytes)
            .entriesMax(entries).ledger(ledger).copier(copier).conclude(), nowNs);
        if (store.blockBytesMax() < extentBytes) {
            store.close();
            throw new IllegalArgumentException("an extent does not fit into a file of the tier: extentBytes=" + extentBytes +
                " fileBytes=" + fileBytes + "; give it more --tier-space, or use a smaller --extent");
        }
        return store;
    }
}
