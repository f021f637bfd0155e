package dev.baton.receiver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.buffer.tier.remote.RemoteClients;
import dev.baton.buffer.tier.remote.RemoteContext;
import dev.baton.buffer.tier.remote.RemoteStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Require;
import dev.baton.receiver.core.TierLimits;

/**
 * The tier below a receiver's pool: where it is, how much of each directory it takes, and how long a request waits for it.
 *
 * @param address    {@code disk:/nvme0/baton,/nvme1/baton}, a directory for each device, which a process has for itself; or a
 *                   remote store that receivers share, as {@link RemoteClients#of} reads it
 * @param spaceBytes of each directory; a remote store has bounds of its own
 * @param limits     of what the receiver asks of it
 */
public record TierSettings(String address, long spaceBytes, TierLimits limits) {
    private static final String DISK = "disk:";
    private static final long SPACE_BYTES_MIN = 64L << 20;
    private static final long FILE_BYTES_MAX = 1L << 30;
    private static final int FILES_MIN = 8;
    private static final int FILE_ALIGNMENT = 4096;
    private static final int ENTRIES_MIN = 1 << 12;
    private static final int ENTRIES_MAX = 1 << 22;

    public TierSettings {
        if (!RemoteClients.isAddress(address) && (!address.startsWith(DISK) || address.length() == DISK.length())) {
            throw new IllegalArgumentException("no such tier: --tier=" + RemoteClients.withoutSecret(address) +
                "; type disk:/path, disk:/path,/path2 for two devices, file:/path, redis://host:port or s3://bucket");
        }
        Require.atLeast("tierSpaceBytes", spaceBytes, SPACE_BYTES_MIN);
    }

    /**
     * With the usual bounds of what is asked of it.
     *
     * @throws IllegalArgumentException if there is no such kind of tier; the message says what to type
     */
    public static TierSettings of(String address, long spaceBytes, long waitNs) {
        return new TierSettings(address, spaceBytes, TierLimits.DEFAULT.withWaitNs(waitNs));
    }

    /** Without a password that the address may have. */
    @Override
    public String toString() {
        return RemoteClients.withoutSecret(address);
    }

    /**
     * Opens it. A remote store that is not to be reached yet is none's error: its circuit opens, and closes when it is there.
     *
     * @param extentBytes of the pool: records are so long at most
     * @throws IllegalArgumentException if the address is wrong, or its space is too small for the extents
     */
    BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        BlockStore store = RemoteClients.isAddress(address)
            ? RemoteStore.open(new RemoteContext().client(RemoteClients.of(address, System.getenv())).ledger(ledger).conclude(), nowNs)
            : disk(layout, extentBytes, ledger, copier, nowNs);
        if (store.blockBytesMax() < extentBytes) {
            store.close();
            throw new IllegalArgumentException("an extent does not fit into a record of the tier: extentBytes=" + extentBytes +
                " blockBytesMax=" + store.blockBytesMax() + "; use a smaller --extent, or give disk: more --tier-space");
        }
        return store;
    }

    private List<Path> directories() {
        List<Path> paths = new ArrayList<>();
        for (String path : address.substring(DISK.length()).split(",", -1)) {
            paths.add(Path.of(path.startsWith(DISK) ? path.substring(DISK.length()) : path).toAbsolutePath().normalize());
        }
        return paths;
    }

    private BlockStore disk(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        List<Path> directories = directories();
        long fileBytes = Math.min(FILE_BYTES_MAX, spaceBytes / FILES_MIN / FILE_ALIGNMENT * FILE_ALIGNMENT);
        double blockBytes = layout.layout().bytesPerTokenIfAllKept() * layout.layout().blockTokens() / layout.sharding().count();
        long recordBytes = Math.clamp((long) blockBytes, FILE_ALIGNMENT, extentBytes);
        int entries = Math.clamp(2L * directories.size() * (spaceBytes / recordBytes), ENTRIES_MIN, ENTRIES_MAX);
        return DiskStore.open(new DiskContext().directories(directories).spaceBytesMax(spaceBytes).fileBytes(fileBytes)
            .entriesMax(entries).ledger(ledger).copier(copier).conclude(), nowNs);
    }
}
