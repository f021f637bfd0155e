package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Looks at a directory of the disk tier from outside, and changes nothing; {@link #clear} alone removes. What a running
 * process writes meanwhile may show as an unfinished end. One thread.
 */
public final class DiskInspection implements AutoCloseable {
    /**
     * One file.
     *
     * @param usedBytes    up to the end of its last record
     * @param payloadBytes of its records
     * @param badPlaces    where a record should stand and none does, though another one follows
     * @param wrongRecords whose payload is not what was stored; 0 where payloads were not read
     * @param oldestMs     when the first of its records was stored, in milliseconds since 1970; 0 where none tells
     * @param newestMs     the last
     * @param problem      why it could not be read, or empty
     */
    public record FileFacts(String name, long lengthBytes, long usedBytes, int records, long payloadBytes, int badPlaces,
        int wrongRecords, long oldestMs, long newestMs, String problem) {
        /** Whether anything is wrong with it. */
        public boolean isBad() {
            return badPlaces > 0 || wrongRecords > 0 || !problem.isEmpty();
        }
    }

    private final DiskIo io;
    private final Path directory;
    private final RecordScan scan;
    private final RecordIo records;
    private final ScanPage page = new ScanPage();
    private final DiskJob job = new DiskJob();
    private final Set<String> tenants = new HashSet<>();
    private final Set<String> layouts = new HashSet<>();

    /** For a directory that is there. */
    public DiskInspection(Path directory) {
        this.io = new PosixDiskIo(true);
        this.directory = directory.toAbsolutePath();
        MemoryLedger ledger = new MemoryLedger();
        scan = new RecordScan(io, Copier.best(), ledger);
        records = new RecordIo(io, Copier.best(), ledger);
        job.page = page;
    }

    /** Names of its files, oldest first. */
    public List<String> files() {
        List<String> names = new ArrayList<>();
        for (DiskIo.Listed listed : io.list(directory)) {
            if (LogName.isOne(listed.name())) {
                names.add(listed.name());
            }
        }
        return names;
    }

    /** Files of bad records that were kept. */
    public int quarantinedCount() {
        return quarantined(io, directory).size();
    }

    /** Tenants and layouts that were met in files so far. */
    public int tenantCount() {
        return tenants.size();
    }

    public int layoutCount() {
        return layouts.size();
    }

    /**
     * Finds the records of one file.
     * @param isVerified whether to read payloads, too, and compare their CRC
     * @param onPage     called now and then, for progress
     */
    public FileFacts file(String name, boolean isVerified, Runnable onPage) {
        long lengthBytes = io.list(directory).stream().filter(each -> each.name().equals(name))
            .mapToLong(DiskIo.Listed::lengthBytes).findFirst().orElse(0);
        int handle = io.open(directory.resolve(name));
        if (handle < 0) {
            return new FileFacts(name, lengthBytes, 0, 0, 0, 0, 0, 0, 0, "cannot be opened: errno=" + -handle);
        }
        try {
            return facts(name, handle, lengthBytes, isVerified, onPage);
        } finally {
            io.close(handle);
        }
    }

    private FileFacts facts(String name, int handle, long lengthBytes, boolean isVerified, Runnable onPage) {
        int count = 0;
        int bad = 0;
        int wrong = 0;
        long payloadBytes = 0;
        long oldestMs = Long.MAX_VALUE;
        long newestMs = 0;
        job.handle = handle;
        job.sequence = LogName.sequence(name);
        page.endPosition = 0;
        page.nextPosition = 0;
        do {
            job.position = page.nextPosition;
            job.lengthBytes = lengthBytes;
            int result = scan.scan(job);
            if (result != RecordIo.OK) {
                return new FileFacts(name, lengthBytes, page.endPosition, count, payloadBytes, bad, wrong, told(oldestMs), newestMs,
                    result == RecordIo.CORRUPT ? "its head is not its own" : "cannot be read: errno=" + -result);
            }
            bad += page.badCount;
            for (int i = 0; i < page.count; i++) {
                count++;
                payloadBytes += page.lengths[i];
                oldestMs = page.storedMs[i] > 0 ? Math.min(oldestMs, page.storedMs[i]) : oldestMs;
                newestMs = Math.max(newestMs, page.storedMs[i]);
                note(i);
                wrong += isVerified && !isRight(i) ? 1 : 0;
                onPage.run();
            }
            onPage.run();
        } while (!page.isDone);
        return new FileFacts(name, lengthBytes, page.endPosition, count, payloadBytes, bad, wrong, told(oldestMs), newestMs, "");
    }

    private static long told(long oldestMs) {
        return oldestMs == Long.MAX_VALUE ? 0 : oldestMs;
    }

    private void note(int record) {
        byte[] name = new byte[BlockName.LENGTH_BYTES];
        page.names.getBytes(record * BlockName.LENGTH_BYTES, name);
        tenants.add(HexFormat.of().formatHex(name, BlockName.TENANT_OFFSET, BlockName.LAYOUT_OFFSET));
        layouts.add(HexFormat.of().formatHex(name, BlockName.LAYOUT_OFFSET, BlockName.LENGTH_BYTES));
    }

    private boolean isRight(int record) {
        job.name.putBytes(0, page.names, record * BlockName.LENGTH_BYTES, BlockName.LENGTH_BYTES);
        job.salt = page.salt;
        job.position = page.positions[record];
        job.lengthBytes = page.lengths[record];
        return records.check(job) == RecordIo.OK;
    }

    /**
     * Removes everything that the tier keeps in a directory, which no process may be using.
     * @return bytes that were freed, by the lengths of the files
     * @throws IllegalStateException if a process uses it
     */
    public static long clear(Path directory) {
        DiskIo io = new PosixDiskIo(true);
        Path absolute = directory.toAbsolutePath();
        DiskIo.Claim claim = io.claim(absolute);
        try {
            long freedBytes = 0;
            for (DiskIo.Listed listed : io.list(absolute)) {
                if (LogName.isOne(listed.name())) {
                    io.delete(absolute.resolve(listed.name()));
                    freedBytes += listed.lengthBytes();
                }
            }
            Path quarantine = absolute.resolve(DiskWorker.QUARANTINE);
            for (DiskIo.Listed listed : quarantined(io, absolute)) {
                io.delete(quarantine.resolve(listed.name()));
                freedBytes += listed.lengthBytes();
            }
            return freedBytes;
        } finally {
            claim.close();
        }
    }

    /** To list a folder makes it, which is not wanted here. */
    private static List<DiskIo.Listed> quarantined(DiskIo io, Path directory) {
        Path folder = directory.resolve(DiskWorker.QUARANTINE);
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) ? io.list(folder) : List.of();
    }

    @Override
    public void close() {
        scan.close();
        records.close();
    }
}
