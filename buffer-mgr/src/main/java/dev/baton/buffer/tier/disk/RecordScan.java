package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.FileVector;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Finds the records of a file that an earlier process left, by headers and trailers; payloads are verified when they are
 * loaded. In the last file the first bad record ends it, for nothing whole can be expected behind. Elsewhere the next
 * header is looked for, block by block. Reads single blocks among large records and 256 KiB at once among small ones.
 * One thread.
 */
final class RecordScan implements AutoCloseable {
    private static final int WINDOW_BYTES = 256 << 10;
    private static final long SMALL_RECORD_BYTES = 64 << 10;
    /** So that one page takes no longer than a large read. */
    private static final long SEARCHED_BYTES_MAX = 64L << 20;

    private final DiskIo io;
    private final Copier copier;
    private final Region region;
    private final FileVector vector = new FileVector(1);
    private final UnsafeBuffer header = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer trailer = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer headerCopy = new UnsafeBuffer(0, 0);
    private long windowPosition;
    private long windowBytes;

    RecordScan(DiskIo io, Copier copier, MemoryLedger ledger) {
        this.io = io;
        this.copier = copier;
        region = Regions.anonymous(ledger, "tier.disk", WINDOW_BYTES + RecordFormat.HEADER_BYTES);
        headerCopy.wrap(region.address() + WINDOW_BYTES, RecordFormat.HEADER_BYTES);
    }

    /**
     * Fills the job's page with the next records.
     * @return one of {@link RecordIo}'s results, or {@code -errno}; CORRUPT only where the file's head is not its own
     */
    int scan(DiskJob job) {
        ScanPage page = job.page;
        page.count = 0;
        page.badCount = 0;
        page.isDone = false;
        windowBytes = 0;
        long position = job.position;
        if (position == 0) {
            int result = at(job.handle, 0, RecordFormat.BLOCK_BYTES, header);
            if (result != RecordIo.OK) {
                return result;
            }
            if (!RecordFormat.isFileHead(header, job.sequence, copier)) {
                return RecordIo.CORRUPT;
            }
            page.salt = RecordFormat.fileSalt(header);
            position = RecordFormat.BLOCK_BYTES;
            page.endPosition = position;
        }
        long searchEnd = Math.min(job.lengthBytes, position + SEARCHED_BYTES_MAX);
        int readAhead = RecordFormat.BLOCK_BYTES;
        boolean isAfterGood = true;
        while (page.count < ScanPage.RECORDS_MAX && position + RecordFormat.HEADER_BYTES <= job.lengthBytes &&
            (position < searchEnd || (page.count > 0 && isAfterGood))) {
            int result = at(job.handle, position, readAhead, header);
            if (result < 0) {
                return result;
            }
            long recordBytes = 0;
            boolean isGood = false;
            if (result == RecordIo.OK && RecordFormat.isHeader(header, page.salt, position, copier)) {
                recordBytes = RecordFormat.recordBytes(RecordFormat.payloadBytes(header));
                headerCopy.putBytes(0, header, 0, RecordFormat.HEADER_BYTES);
                long lastBlock = position + recordBytes - RecordFormat.BLOCK_BYTES;
                result = position + recordBytes > job.lengthBytes ? RecordIo.CORRUPT
                    : at(job.handle, lastBlock, RecordFormat.BLOCK_BYTES, header);
                if (result < 0) {
                    return result;
                }
                trailer.wrap(header, RecordFormat.BLOCK_BYTES - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
                isGood = result == RecordIo.OK && RecordFormat.isTrailer(trailer, headerCopy, copier);
            }
            if (isGood) {
                add(page, position);
                // What is bad with something good behind it is damage; with nothing behind it, it is where writing ended.
                page.badCount += isAfterGood ? 0 : 1;
                page.endPosition = position + recordBytes;
                readAhead = recordBytes <= SMALL_RECORD_BYTES ? WINDOW_BYTES : RecordFormat.BLOCK_BYTES;
                position += recordBytes;
            } else {
                if (page.isLastFile) {
                    page.isDone = true;
                    break;
                }
                // A header that is right tells how far its torn record goes; without one, any block may be the next.
                position += recordBytes > 0 && position + recordBytes <= job.lengthBytes ? recordBytes
                    : RecordFormat.BLOCK_BYTES;
                readAhead = WINDOW_BYTES;
            }
            isAfterGood = isGood;
        }
        page.nextPosition = position;
        page.isDone |= position + RecordFormat.HEADER_BYTES > job.lengthBytes;
        return RecordIo.OK;
    }

    @Override
    public void close() {
        region.close();
    }

    private void add(ScanPage page, long position) {
        page.names.putBytes(page.count * BlockName.LENGTH_BYTES, headerCopy, RecordFormat.nameOffset(), BlockName.LENGTH_BYTES);
        page.positions[page.count] = position;
        page.lengths[page.count] = (int) RecordFormat.payloadBytes(headerCopy);
        page.storedMs[page.count] = RecordFormat.storedMs(headerCopy);
        page.count++;
    }

    /** Wraps the block at that place, out of what is already read where it can be. */
    private int at(int handle, long position, int readBytes, UnsafeBuffer block) {
        if (position < windowPosition || position + RecordFormat.BLOCK_BYTES > windowPosition + windowBytes) {
            windowPosition = position;
            windowBytes = 0;
            long result = io.read(handle, vector.clear().add(region.address(), readBytes), position);
            if (result < 0) {
                return (int) result;
            }
            if (result < RecordFormat.BLOCK_BYTES) {
                return RecordIo.CORRUPT;
            }
            windowBytes = result;
        }
        block.wrap(region.address() + position - windowPosition, RecordFormat.BLOCK_BYTES);
        return RecordIo.OK;
    }
}
