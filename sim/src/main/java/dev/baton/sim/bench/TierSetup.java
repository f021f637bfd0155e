package dev.baton.sim.bench;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.buffer.tier.disk.PosixDiskIo;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.buffer.tier.remote.RedisAddress;
import dev.baton.buffer.tier.remote.RemoteClient;
import dev.baton.buffer.tier.remote.RemoteClients;
import dev.baton.buffer.tier.remote.RemoteContext;
import dev.baton.buffer.tier.remote.RemoteStore;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import dev.baton.sim.report.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A tier to be measured, by its address, in a folder or under a prefix of its own that goes with it. Made and closed by one
 * thread.
 */
public final class TierSetup implements AutoCloseable {
    private static final long FILE_BYTES_MAX = 1L << 30;
    private static final int ROUNDS_KEPT = 3;
    private static final int ROUNDS_A_FILE = 4;
    private static final long EXPIRE_MS = TimeUnit.HOURS.toMillis(1);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    private final BlockStore store;
    private final RawLimit rawOrNull;
    private final String device;
    private final boolean isDirect;
    private final Runnable afterRound;
    private final Runnable onClosed;

    private TierSetup(BlockStore store, RawLimit rawOrNull, String device, boolean isDirect, Runnable afterRound,
        Runnable onClosed) {
        this.store = store;
        this.rawOrNull = rawOrNull;
        this.device = device;
        this.isDirect = isDirect;
        this.afterRound = afterRound;
        this.onClosed = onClosed;
    }

    /**
     * Opens the tier of an address: {@code disk:/path}, {@code file:/path}, {@code redis://host:port/database} or
     * {@code s3://bucket/prefix}.
     *
     * @param threads     that do its I/O, of each kind
     * @param environment may have a password
     */
    public static TierSetup open(String address, TierBench.Settings settings, boolean isDirect, int threads,
        Map<String, String> environment) {
        if (address.startsWith("disk:")) {
            Path folder = folder(address, 5 * fileBytes(settings) + (ROUNDS_KEPT + 1) * settings.setBytes());
            return disk(folder, settings, isDirect, threads);
        }
        if (address.startsWith("file:")) {
            Path folder = folder(address, 3 * settings.setBytes());
            return file(folder, settings, threads);
        }
        if (address.startsWith("s3:")) {
            return s3(address, settings, threads, environment);
        }
        if (RemoteClients.isAddress(address)) {
            return redis(address, settings, threads, environment);
        }
        throw CommandException.usage("no such tier: tier=" + RemoteClients.withoutSecret(address),
            "type disk:/path, file:/path, redis://host:port or s3://bucket, e.g. disk:/var/tmp");
    }

    /** A run over this tier. */
    public TierBench bench(TierBench.Settings settings, Runnable onCycle) {
        return new TierBench(settings, store, rawOrNull, afterRound, onCycle);
    }

    /** The file system's kind and how it is used, or which server it is. */
    public String device() {
        return device;
    }

    /** Whether tier and raw limit go past the page cache. */
    public boolean isDirect() {
        return isDirect;
    }

    @Override
    public void close() {
        store.close();
        try {
            onClosed.run();
        } finally {
            if (rawOrNull != null) {
                rawOrNull.close();
            }
        }
    }

    private static TierSetup disk(Path folder, TierBench.Settings settings, boolean isDirect, int threads) {
        MemoryLedger ledger = new MemoryLedger();
        PosixDiskIo io = new PosixDiskIo(isDirect);
        long recordBytes = RecordFormat.recordBytes(settings.lengthBytes());
        long fileBytes = fileBytes(settings);
        DiskContext context = new DiskContext().directories(List.of(folder.resolve("cache"))).io(io).ledger(ledger)
            .fileBytes(fileBytes).readers(threads).writers(threads)
            .spaceBytesMax(ROUNDS_KEPT * settings.blocks() * recordBytes + 4 * fileBytes)
            .entriesMax((int) Math.min(1 << 24, 8 * settings.blocks() + 1024))
            .loadsMax(Math.max(64, settings.concurrency())).storesMax(Math.max(32, settings.concurrency())).conclude();
        BlockStore store = DiskStore.open(context, System.nanoTime());
        String device = fileSystem(folder) + (isDirect ? "" : " through the page cache");
        return new TierSetup(store, rawFile(folder, settings, io, ledger), device, isDirect, () -> {}, () -> remove(folder));
    }

    /** Its blocks are removed after each round: a shared file system has no end of its own. */
    private static TierSetup file(Path folder, TierBench.Settings settings, int threads) {
        Path objects = folder.resolve("objects");
        MemoryLedger ledger = new MemoryLedger();
        try {
            Files.createDirectory(objects);
        } catch (IOException ex) {
            throw CommandException.failed("no folder can be made: path=" + objects, "check who may write there", ex);
        }
        BlockStore store = remote(RemoteClients.of("file:" + objects, Map.of()), settings, threads, ledger);
        String device = fileSystem(folder) + " through the page cache";
        return new TierSetup(store, rawFile(folder, settings, new PosixDiskIo(false), ledger), device, false,
            () -> remove(objects.resolve("baton-1")), () -> remove(folder));
    }

    /** Keys have a prefix of their own, and expire within the hour should this process be killed. */
    private static TierSetup redis(String address, TierBench.Settings settings, int threads, Map<String, String> environment) {
        MemoryLedger ledger = new MemoryLedger();
        RedisAddress redis = RedisAddress.of(address, environment).kept(ownName(), EXPIRE_MS);
        if (redis.isTls()) {
            throw CommandException.notPossible("no raw limit is measured over TLS: tier=" + redis,
                "measure redis: on a trusted network");
        }
        try {
            RawRedis raw = new RawRedis(redis, settings.lengthBytes(), settings.blocks(), settings.concurrency(), ledger);
            BlockStore store = remote(RemoteClients.redis(redis), settings, threads, ledger);
            return new TierSetup(store, raw, raw.describe(), false, raw::clear, raw::clear);
        } catch (IOException ex) {
            throw CommandException.failed("redis cannot be used: tier=" + redis + " reason=" + ex.getMessage(),
                "check host, port and password", ex);
        }
    }

    /** Under a prefix of its own below the one that was named; nothing raw to compare with. */
    private static TierSetup s3(String address, TierBench.Settings settings, int threads, Map<String, String> environment) {
        int query = address.indexOf('?');
        String own = (query < 0 ? address : address.substring(0, query)).replaceFirst("/+$", "") + "/" + ownName() +
            (query < 0 ? "" : address.substring(query));
        RemoteClient client = RemoteClients.of(own, environment);
        BlockRemoval removal = new BlockRemoval(RemoteClients.of(own, environment), settings.blocks());
        BlockStore store = remote(client, settings, threads, new MemoryLedger());
        return new TierSetup(store, null, client.describe(), false, removal::removeRound, removal::close);
    }

    private static String ownName() {
        return "baton-bench-" + HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    }

    private static BlockStore remote(RemoteClient client, TierBench.Settings settings, int threads, MemoryLedger ledger) {
        int underWayMax = Math.max(64, settings.concurrency());
        RemoteContext context = new RemoteContext().client(client).ledger(ledger).threads(Math.min(2, threads), threads, threads)
            .underWayMax(1024, underWayMax, underWayMax).lookupTimeoutNs(TIMEOUT_NS).transferTimeoutNs(TIMEOUT_NS, TIMEOUT_NS)
            .hungAfterNs(3 * TIMEOUT_NS).conclude();
        return RemoteStore.open(context, System.nanoTime());
    }

    private static RawLimit rawFile(Path folder, TierBench.Settings settings, PosixDiskIo io, MemoryLedger ledger) {
        return new RawDevice(io, folder.resolve("raw"), settings.lengthBytes(), settings.blocks() * settings.lengthBytes(),
            settings.concurrency(), ledger);
    }

    private static Path folder(String address, long wantedBytes) {
        Path parent = Path.of(address.substring(address.indexOf(':') + 1)).toAbsolutePath();
        if (!Files.isDirectory(parent)) {
            throw CommandException.usage("folder is not there: path=" + parent, "name one that is: --tier disk:/path");
        }
        if (Regions.freeBytes(parent) < wantedBytes) {
            throw CommandException.notPossible("too little space: path=" + parent + " freeBytes=" + Regions.freeBytes(parent) +
                " wantedBytes=" + wantedBytes, "use a smaller --set, or another file system");
        }
        try {
            return Files.createTempDirectory(parent, "baton-bench-tier");
        } catch (IOException ex) {
            throw CommandException.failed("no folder can be made: path=" + parent, "check who may write there", ex);
        }
    }

    /** Four rounds go into a file, if that is not more than a node's own files have: making and removing them costs, too. */
    private static long fileBytes(TierBench.Settings settings) {
        long recordBytes = RecordFormat.recordBytes(settings.lengthBytes());
        long wantedBytes = Math.min(FILE_BYTES_MAX, ROUNDS_A_FILE * settings.blocks() * recordBytes);
        return RecordFormat.BLOCK_BYTES + Math.max(wantedBytes, Math.max(recordBytes, 4L * RecordFormat.BLOCK_BYTES));
    }

    private static String fileSystem(Path folder) {
        try {
            return Files.getFileStore(folder).type();
        } catch (IOException ex) {
            throw new UncheckedIOException("file system cannot be read: path=" + folder, ex);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("folder cannot be removed: path=" + folder, ex);
        }
    }
}
