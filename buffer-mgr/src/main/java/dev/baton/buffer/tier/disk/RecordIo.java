package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.FileVector;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Canary;
import dev.baton.platform.Posix;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes, reads and moves whole records. A large payload whose memory lies on a block's boundary goes between there and
 * the device without a copy, by one call with its header and trailer; any other goes through 1 MiB of this object's own.
 * Nothing that was read counts before header, name, trailer and CRC agree; where they do not, the target is wiped. One
 * thread.
 */
final class RecordIo implements AutoCloseable {
    static final int OK = 0;
    /** What stands there is not that record, or not whole. */
    static final int CORRUPT = 1;
    /** Nobody wants it any more: nothing was done. */
    static final int CANCELLED = 2;
    /** Records up to this size go through memory of our own, several by one call. */
    static final int CHUNK_BYTES = 1 << 20;

    private static final int TAIL_BYTES_MAX = 2 * RecordFormat.BLOCK_BYTES;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final DiskIo io;
    private final Copier copier;
    private final Region bounce;
    private final UnsafeBuffer header = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer tail = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer trailer = new UnsafeBuffer(0, 0);
    private final FileVector vector = new FileVector(3);
    private final long chunkAddress;

    RecordIo(DiskIo io, Copier copier, MemoryLedger ledger) {
        this.io = io;
        this.copier = copier;
        bounce = Regions.anonymous(
            ledger, "tier.disk", RecordFormat.HEADER_BYTES + TAIL_BYTES_MAX + CHUNK_BYTES);
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        tail.wrap(bounce.address() + RecordFormat.HEADER_BYTES, TAIL_BYTES_MAX);
        chunkAddress = bounce.address() + RecordFormat.HEADER_BYTES + TAIL_BYTES_MAX;
    }

    /** Writes the record of this job, and those that hang behind it, which are small. */
    int write(DiskJob job) {
        return RecordFormat.recordBytes(job.lengthBytes) <= CHUNK_BYTES ? writeBatch(job) : writeLarge(job);
    }

    private int writeBatch(DiskJob first) {
        long filled = 0;
        for (DiskJob job = first; job != null; job = job.nextInBatch) {
            long at = chunkAddress + filled;
            long recordBytes = RecordFormat.recordBytes(job.lengthBytes);
            long payload = at + RecordFormat.HEADER_BYTES;
            int crc = copier.copyWithCrc(job.address, payload, job.lengthBytes, 0);
            ALL.asSlice(payload + job.lengthBytes, recordBytes - RecordFormat.HEADER_BYTES - job.lengthBytes).fill((byte) 0);
            header.wrap(at, RecordFormat.HEADER_BYTES);
            RecordFormat.writeHeader(header, job.name, 0, job.lengthBytes, crc, job.salt, job.position, job.storedMs, copier);
            trailer.wrap(at + recordBytes - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
            RecordFormat.writeTrailer(trailer, header, copier);
            filled += recordBytes;
        }
        return written(first.handle, vector.clear().add(chunkAddress, filled), first.position);
    }

    private int writeLarge(DiskJob job) {
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        int crc = copier.crc(job.address, job.lengthBytes, 0);
        RecordFormat.writeHeader(header, job.name, 0, job.lengthBytes, crc, job.salt, job.position, job.storedMs, copier);
        long whole = RecordFormat.tailOffset(job.lengthBytes);
        int tailBytes = RecordFormat.tailBytes(job.lengthBytes);
        tail.setMemory(0, TAIL_BYTES_MAX, (byte) 0);
        copier.copy(job.address + whole, tail.addressOffset(), job.lengthBytes - whole);
        closeTail(tailBytes);
        if (isAligned(job.address)) {
            return written(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES)
                .add(job.address, whole).add(tail.addressOffset(), tailBytes), job.position);
        }
        int result = written(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), job.position);
        long payloadAt = job.position + RecordFormat.HEADER_BYTES;
        for (long done = 0; done < whole && result == OK; done += CHUNK_BYTES) {
            long part = Math.min(CHUNK_BYTES, whole - done);
            copier.copy(job.address + done, chunkAddress, part);
            result = written(job.handle, vector.clear().add(chunkAddress, part), payloadAt + done);
        }
        return result != OK ? result
            : written(job.handle, vector.clear().add(tail.addressOffset(), tailBytes), payloadAt + whole);
    }

    /** Reads the record of this job into its memory, and verifies all of it. */
    int read(DiskJob job) {
        long recordBytes = RecordFormat.recordBytes(job.lengthBytes);
        if (recordBytes <= CHUNK_BYTES) {
            return readSmall(job, recordBytes);
        }
        long whole = RecordFormat.tailOffset(job.lengthBytes);
        int tailBytes = RecordFormat.tailBytes(job.lengthBytes);
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        int result;
        int crc = 0;
        if (isAligned(job.address)) {
            result = filled(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES)
                .add(job.address, whole).add(tail.addressOffset(), tailBytes), job.position);
            crc = result == OK ? copier.crc(job.address, whole, 0) : 0;
        } else {
            result = filled(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), job.position);
            long payloadAt = job.position + RecordFormat.HEADER_BYTES;
            for (long done = 0; done < whole && result == OK; done += CHUNK_BYTES) {
                long part = Math.min(CHUNK_BYTES, whole - done);
                result = filled(job.handle, vector.clear().add(chunkAddress, part), payloadAt + done);
                crc = result == OK ? copier.copyWithCrc(chunkAddress, job.address + done, part, crc) : 0;
            }
            if (result == OK) {
                result = filled(job.handle, vector.clear().add(tail.addressOffset(), tailBytes), payloadAt + whole);
            }
        }
        if (result == OK) {
            crc = copier.copyWithCrc(tail.addressOffset(), job.address + whole, job.lengthBytes - whole, crc);
            trailer.wrap(tail.addressOffset() + tailBytes - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
            result = isRecord(job, crc) ? OK : CORRUPT;
            job.payloadCrc = crc;
        }
        return orWiped(job, result);
    }

    /** Copies a payload that was read before to where it is wanted, and verifies it once more. */
    int copy(DiskJob job) {
        int crc = copier.copyWithCrc(job.sourceAddress, job.address, job.lengthBytes, 0);
        return orWiped(job, crc == job.payloadCrc ? OK : CORRUPT);
    }

    private int readSmall(DiskJob job, long recordBytes) {
        int result = filled(job.handle, vector.clear().add(chunkAddress, recordBytes), job.position);
        if (result == OK) {
            header.wrap(chunkAddress, RecordFormat.HEADER_BYTES);
            trailer.wrap(chunkAddress + recordBytes - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
            job.payloadCrc = copier.copyWithCrc(chunkAddress + RecordFormat.HEADER_BYTES, job.address, job.lengthBytes, 0);
            result = isRecord(job, job.payloadCrc) ? OK : CORRUPT;
        }
        return orWiped(job, result);
    }

    /**
     * Copies a record to another file and place. The trailer, which makes it a record, is written last, and only when
     * the payload's CRC was right.
     */
    int move(DiskJob job) {
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        int result = filled(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), job.position);
        if (result != OK) {
            return result;
        }
        if (!isHeaderOf(job)) {
            return CORRUPT;
        }
        int expected = RecordFormat.payloadCrc(header);
        RecordFormat.writeHeader(
            header, job.name, 0, job.lengthBytes, expected, job.targetSalt, job.targetPosition, RecordFormat.storedMs(header), copier);
        result = written(
            job.targetHandle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), job.targetPosition);
        long whole = RecordFormat.tailOffset(job.lengthBytes);
        int tailBytes = RecordFormat.tailBytes(job.lengthBytes);
        int crc = 0;
        for (long done = 0; done < whole && result == OK; done += CHUNK_BYTES) {
            long part = Math.min(CHUNK_BYTES, whole - done);
            long at = RecordFormat.HEADER_BYTES + done;
            result = filled(job.handle, vector.clear().add(chunkAddress, part), job.position + at);
            if (result == OK) {
                crc = copier.crc(chunkAddress, part, crc);
                result = written(job.targetHandle, vector.clear().add(chunkAddress, part), job.targetPosition + at);
            }
        }
        long tailAt = RecordFormat.HEADER_BYTES + whole;
        if (result == OK) {
            result = filled(job.handle, vector.clear().add(tail.addressOffset(), tailBytes), job.position + tailAt);
        }
        if (result != OK) {
            return result;
        }
        if (copier.crc(tail.addressOffset(), job.lengthBytes - whole, crc) != expected) {
            return CORRUPT;
        }
        closeTail(tailBytes);
        return written(
            job.targetHandle, vector.clear().add(tail.addressOffset(), tailBytes), job.targetPosition + tailAt);
    }

    /** Verifies the whole record of this job, without a target. */
    int check(DiskJob job) {
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        int result = filled(job.handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), job.position);
        long whole = RecordFormat.tailOffset(job.lengthBytes);
        int tailBytes = RecordFormat.tailBytes(job.lengthBytes);
        long payloadAt = job.position + RecordFormat.HEADER_BYTES;
        int crc = 0;
        for (long done = 0; done < whole && result == OK; done += CHUNK_BYTES) {
            long part = Math.min(CHUNK_BYTES, whole - done);
            result = filled(job.handle, vector.clear().add(chunkAddress, part), payloadAt + done);
            crc = result == OK ? copier.crc(chunkAddress, part, crc) : 0;
        }
        if (result == OK) {
            result = filled(job.handle, vector.clear().add(tail.addressOffset(), tailBytes), payloadAt + whole);
        }
        if (result != OK) {
            return result;
        }
        trailer.wrap(tail.addressOffset() + tailBytes - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
        crc = copier.crc(tail.addressOffset(), job.lengthBytes - whole, crc);
        return isRecord(job, crc) ? OK : CORRUPT;
    }

    /** Writes and reads back something that is never twice the same. */
    int probe(int handle, long number) {
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        RecordFormat.writeFileHead(header, number, number, copier);
        int result = written(handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), 0);
        header.setMemory(0, RecordFormat.HEADER_BYTES, (byte) 0);
        if (result == OK) {
            result = filled(handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), 0);
        }
        return result != OK ? result : RecordFormat.isFileHead(header, number, copier) ? OK : CORRUPT;
    }

    /** Writes the first block of a new file. */
    int writeFileHead(int handle, long sequence, long salt) {
        header.wrap(bounce.address(), RecordFormat.HEADER_BYTES);
        RecordFormat.writeFileHead(header, sequence, salt, copier);
        return written(handle, vector.clear().add(bounce.address(), RecordFormat.HEADER_BYTES), 0);
    }

    /** Copies bytes as they are, bad ones, for a person to look at; as far as they can be read. */
    int copyRaw(int handle, long position, int targetHandle, long lengthBytes) {
        int result = OK;
        for (long done = 0; done < lengthBytes && result == OK; done += CHUNK_BYTES) {
            long part = Math.min(CHUNK_BYTES, lengthBytes - done);
            result = filled(handle, vector.clear().add(chunkAddress, part), position + done);
            if (result == OK) {
                result = written(targetHandle, vector.clear().add(chunkAddress, part), done);
            }
        }
        return result;
    }

    @Override
    public void close() {
        bounce.close();
    }

    /** Whether header, trailer and the payload with that CRC, as they were read, are those of the job's record. */
    private boolean isRecord(DiskJob job, int crc) {
        boolean isWhole = RecordFormat.isTrailer(trailer, header, copier) && RecordFormat.payloadCrc(header) == crc;
        return isHeaderOf(job) && (isWhole || Canary.TORN_RECORD_ACCEPTED.isActive());
    }

    private boolean isHeaderOf(DiskJob job) {
        boolean isAnyTaken = Canary.MISDIRECTED_KEY.isActive();
        long position = isAnyTaken ? RecordFormat.position(header) : job.position;
        return RecordFormat.isHeader(header, job.salt, position, copier) &&
            (isAnyTaken || RecordFormat.isNamed(header, job.name, 0)) && RecordFormat.payloadBytes(header) == job.lengthBytes;
    }

    private void closeTail(int tailBytes) {
        trailer.wrap(tail.addressOffset() + tailBytes - RecordFormat.TRAILER_BYTES, RecordFormat.TRAILER_BYTES);
        RecordFormat.writeTrailer(trailer, header, copier);
    }

    private int written(int handle, FileVector from, long offset) {
        long asked = from.lengthBytes();
        long result = io.write(handle, from, offset);
        // A device that takes a part and says no more is as good as full.
        return result == asked ? OK : result < 0 ? (int) result : -Posix.ENOSPC;
    }

    private int filled(int handle, FileVector into, long offset) {
        long asked = into.lengthBytes();
        long result = io.read(handle, into, offset);
        return result == asked ? OK : result < 0 ? (int) result : CORRUPT;
    }

    private static int orWiped(DiskJob job, int result) {
        if (result != OK) {
            ALL.asSlice(job.address, job.lengthBytes).fill((byte) 0);
        }
        return result;
    }

    private static boolean isAligned(long address) {
        return (address & (RecordFormat.BLOCK_BYTES - 1)) == 0;
    }
}
