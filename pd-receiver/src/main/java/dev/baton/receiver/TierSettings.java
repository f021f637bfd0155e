package dev.baton.receiver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.codec.BlockCodec;
import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LayeredStore;
import dev.baton.buffer.tier.TimeToLive;
import dev.baton.buffer.tier.coded.CodedStore;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.buffer.tier.remote.RemoteClients;
import dev.baton.buffer.tier.remote.RemoteContext;
import dev.baton.buffer.tier.remote.RemoteStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Require;
import dev.baton.receiver.core.SliceShapes;
import dev.baton.receiver.core.TierLimits;

/**
 * The tiers below a receiver's pool: where they are, how much of each directory they take, how records are encoded, and how long a
 * request waits for them.
 *
 * @param addresses  nearest first, at most two: {@code disk:/nvme0/baton,/nvme1/baton}, a directory for each device, which a process has
 *                   for itself; or a remote store that receivers share, as {@link RemoteClients#of} reads it
 * @param ttlsMs     how long each keeps a block, in milliseconds, 0 for as long as there is room; one is for all, none is 0
 * @param spaceBytes of each directory; a remote store has bounds of its own
 * @param codec      {@code none}, or what {@link CodecSpec} parses
 * @param limits     of what the receiver asks of them
 */
public record TierSettings(List<String> addresses, List<Long> ttlsMs, long spaceBytes, String codec, TierLimits limits) implements TierSource {
    private static final String DISK = "disk:";
    private static final String NO_CODEC = "none";
    private static final int TIERS_MAX = 2;
    /** So that probes of a remote store, which are blocks too, find what they wrote. */
    private static final long TTL_MS_MIN = TimeUnit.SECONDS.toMillis(1);
    private static final long SPACE_BYTES_MIN = 64L << 20;
    private static final long FILE_BYTES_MAX = 1L << 30;
    private static final int FILES_MIN = 8;
    private static final int FILE_ALIGNMENT = 4096;
    private static final int ENTRIES_MIN = 1 << 12;
    private static final int ENTRIES_MAX = 1 << 22;

    public TierSettings {
        addresses = List.copyOf(addresses);
        Require.between("tiers", addresses.size(), 1, TIERS_MAX);
        for (String address : addresses) {
            if (!RemoteClients.isAddress(address) && (!address.startsWith(DISK) || address.length() == DISK.length())) {
                throw new IllegalArgumentException("no such tier: --tier=" + RemoteClients.withoutSecret(address) +
                    "; type disk:/path, disk:/path,/path2 for two devices, file:/path, redis://host:port or s3://bucket");
            }
        }
        if (addresses.size() == TIERS_MAX && !(addresses.get(0).startsWith(DISK) && RemoteClients.isAddress(addresses.get(1)))) {
            throw new IllegalArgumentException("of two tiers the first is disk:, and the second one that receivers share: --tier=" +
                RemoteClients.withoutSecret(addresses.get(0)) + " --tier=" + RemoteClients.withoutSecret(addresses.get(1)));
        }
        ttlsMs = List.copyOf(ttlsMs);
        Require.that(ttlsMs.size() <= 1 || ttlsMs.size() == addresses.size(), "--tier-ttl", ttlsMs, "once, or once for each --tier");
        for (long ttlMs : ttlsMs) {
            Require.that(ttlMs == 0 || ttlMs >= TTL_MS_MIN, "--tier-ttl", ttlMs + "ms", "1s or more, or 0");
        }
        Require.atLeast("tierSpaceBytes", spaceBytes, SPACE_BYTES_MIN);
        BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse(codec)).close();   // a wrong name or parameter is told here
    }

    /** As long as there is room. */
    public TierSettings(List<String> addresses, long spaceBytes, String codec, TierLimits limits) {
        this(addresses, List.of(), spaceBytes, codec, limits);
    }

    /**
     * One tier with the usual bounds of what is asked of it, as it is.
     *
     * @throws IllegalArgumentException if there is no such kind of tier; the message says what to type
     */
    public static TierSettings of(String address, long spaceBytes, long waitNs) {
        return new TierSettings(List.of(address), spaceBytes, NO_CODEC, TierLimits.DEFAULT.withWaitNs(waitNs));
    }

    /** Without passwords that addresses may have. */
    @Override
    public String toString() {
        return String.join(", ", addresses.stream().map(RemoteClients::withoutSecret).toList());
    }

    /**
     * Opens them as one. A remote store that is not to be reached yet is none's error: its circuit opens, and closes when it is there.
     *
     * @throws IllegalArgumentException if the address is wrong, or its space is too small for the extents
     */
    @Override
    public BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        List<BlockStore> stores = new ArrayList<>();
        try {
            for (int i = 0; i < addresses.size(); i++) {
                TimeToLive kept = TimeToLive.ofMs(ttlsMs.isEmpty() ? 0 : ttlsMs.get(Math.min(i, ttlsMs.size() - 1)));
                stores.add(open(addresses.get(i), kept, layout, extentBytes, ledger, copier, nowNs));
            }
        } catch (RuntimeException ex) {
            stores.forEach(BlockStore::close);
            throw ex;
        }
        BlockStore store = stores.size() == 1 ? stores.getFirst() : new LayeredStore(stores);
        // Above both: what goes to two tiers is encoded once.
        return codec.equals(NO_CODEC) ? store : new CodedStore(store, CodecSpec.parse(codec), new SliceShapes(layout), extentBytes, ledger);
    }

    private BlockStore open(String address, TimeToLive kept, ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        BlockStore store = RemoteClients.isAddress(address)
            ? RemoteStore.open(new RemoteContext().client(RemoteClients.of(address, System.getenv(), kept.ms())).timeToLive(kept).ledger(ledger)
                .conclude(), nowNs)
            : disk(address, kept, layout, extentBytes, ledger, copier, nowNs);
        if (store.blockBytesMax() < extentBytes) {
            store.close();
            throw new IllegalArgumentException("an extent does not fit into a record of the tier: extentBytes=" + extentBytes +
                " blockBytesMax=" + store.blockBytesMax() + "; use a smaller --extent, or give disk: more --tier-space");
        }
        return store;
    }

    static List<Path> directories(String address) {
        List<Path> paths = new ArrayList<>();
        for (String path : address.substring(DISK.length()).split(",", -1)) {
            paths.add(Path.of(path.startsWith(DISK) ? path.substring(DISK.length()) : path).toAbsolutePath().normalize());
        }
        return paths;
    }

    private BlockStore disk(String address, TimeToLive kept, ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        List<Path> directories = directories(address);
        long fileBytes = Math.min(FILE_BYTES_MAX, spaceBytes / FILES_MIN / FILE_ALIGNMENT * FILE_ALIGNMENT);
        double blockBytes = layout.layout().bytesPerTokenIfAllKept() * layout.layout().blockTokens() / layout.sharding().count();
        long recordBytes = Math.clamp((long) blockBytes, FILE_ALIGNMENT, extentBytes);
        int entries = Math.clamp(2L * directories.size() * (spaceBytes / recordBytes), ENTRIES_MIN, ENTRIES_MAX);
        return DiskStore.open(new DiskContext().directories(directories).spaceBytesMax(spaceBytes).fileBytes(fileBytes)
            .entriesMax(entries).timeToLive(kept).ledger(ledger).copier(copier).conclude(), nowNs);
    }
}
