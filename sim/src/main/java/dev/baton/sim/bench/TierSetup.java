package dev.baton.sim.bench;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.buffer.tier.disk.PosixDiskIo;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import dev.baton.sim.report.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A tier to be measured, by its address, in a folder of its own that goes with it. Made and closed by one thread. */
public final class TierSetup implements AutoCloseable {
    private static final long FILE_BYTES_MAX = 1L << 30;
    private static final int ROUNDS_KEPT = 3;
    private static final int ROUNDS_A_FILE = 4;

    private final MemoryLedger ledger = new MemoryLedger();
    private final Path folder;
    private final BlockStore store;
    private final RawDevice raw;

    private TierSetup(Path folder, TierBench.Settings settings, boolean isDirect, int threads) {
        this.folder = folder;
        PosixDiskIo io = new PosixDiskIo(isDirect);
        long recordBytes = RecordFormat.recordBytes(settings.lengthBytes());
        long fileBytes = fileBytes(settings);
        DiskContext context = new DiskContext().directories(List.of(folder.resolve("cache"))).io(io).ledger(ledger)
            .fileBytes(fileBytes).readers(threads).writers(threads)
            .spaceBytesMax(ROUNDS_KEPT * settings.blocks() * recordBytes + 4 * fileBytes)
            .entriesMax((int) Math.min(1 << 24, 8 * settings.blocks() + 1024))
            .loadsMax(Math.max(64, settings.concurrency())).storesMax(Math.max(32, settings.concurrency())).conclude();
        store = DiskStore.open(context, System.nanoTime());
        raw = new RawDevice(io, folder.resolve("raw"), settings.lengthBytes(),
            settings.blocks() * settings.lengthBytes(), settings.concurrency(), ledger);
    }

    /**
     * Opens the tier of an address: {@code disk:/path}.
     *
     * @param threads that do its I/O, of each kind
     */
    public static TierSetup open(String address, TierBench.Settings settings, boolean isDirect, int threads) {
        int colon = address.indexOf(':');
        String scheme = colon < 0 ? "" : address.substring(0, colon);
        if (!scheme.equals("disk")) {
            throw CommandException.usage("no such tier: tier=" + address, "type disk:/path, e.g. disk:/var/tmp");
        }
        Path parent = Path.of(address.substring(colon + 1)).toAbsolutePath();
        long wantedBytes = (ROUNDS_KEPT + 1) * settings.setBytes() + 5 * fileBytes(settings);
        if (!Files.isDirectory(parent)) {
            throw CommandException.usage("folder is not there: path=" + parent, "name one that is: --tier disk:/path");
        }
        if (Regions.freeBytes(parent) < wantedBytes) {
            throw CommandException.notPossible("too little space: path=" + parent + " freeBytes=" + Regions.freeBytes(parent) +
                " wantedBytes=" + wantedBytes, "use a smaller --set, or another file system");
        }
        try {
            return new TierSetup(Files.createTempDirectory(parent, "baton-bench-tier"), settings, isDirect, threads);
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

    /** A run over this tier. */
    public TierBench bench(TierBench.Settings settings, Runnable onCycle) {
        return new TierBench(settings, store, raw, onCycle);
    }

    /** The file system's kind. */
    public String fileSystem() {
        try {
            return Files.getFileStore(folder).type();
        } catch (IOException ex) {
            throw new UncheckedIOException("file system cannot be read: path=" + folder, ex);
        }
    }

    @Override
    public void close() {
        store.close();
        raw.close();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("folder cannot be removed: path=" + folder, ex);
        }
    }
}
