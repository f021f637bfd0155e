package dev.baton.buffer.tier.disk;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.FileVector;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log file with anything in it: the scan ends, and tells only of records whose header and trailer are right; what is read of
 * them has the CRC that they tell, or the target is wiped. The first byte says whether the file is the last one, and whether the
 * others are the file, or {@link #EDIT_BYTES} each an edit of one that was right: random bytes alone do not get past a checksum.
 */
class RecordScanFuzzTest {
    private static final int BLOCK = RecordFormat.BLOCK_BYTES;
    private static final int BLOCKS = 12;
    private static final int FILE_BYTES = BLOCKS * BLOCK;
    private static final int[] LENGTHS = {300, 5000, 4090};
    private static final long SEQUENCE = 7;
    private static final long SALT = 0x5A17;
    private static final int IS_LAST = 1;
    private static final int IS_EDITED = 2;
    /** What is done, 1 | block 1 | place in it 2 | value 8. */
    private static final int EDIT_BYTES = 12;
    private static final int LENGTH_AT = 80;
    private static final long HEADER_MAGIC = 0x4345524e4f544142L;     // "BATONREC"
    private static final long TRAILER_MAGIC = 0x444e454e4f544142L;    // "BATONEND"
    private static final MemoryLedger LEDGER = new MemoryLedger();
    private static final Region MEMORY = Regions.anonymous(LEDGER, "test", FILE_BYTES);
    private static final BytesDisk DISK = new BytesDisk();
    private static final RecordScan SCAN = new RecordScan(DISK, Copier.best(), LEDGER);
    private static final RecordIo RECORDS = new RecordIo(DISK, Copier.best(), LEDGER);
    private static final byte[] RIGHT = right();

    /** One file, whatever its handle. */
    private static final class BytesDisk extends ForwardingDisk {
        private byte[] bytes;
        private int reads;

        BytesDisk() {
            super(new SimDisk());
        }

        @Override
        public long read(int handle, FileVector into, long offset) {
            reads++;
            long count = Math.max(0, Math.min(into.lengthBytes(), bytes.length - offset));
            into.scatter(MemorySegment.ofArray(bytes).asSlice(Math.min(offset, bytes.length), count));
            return count;
        }
    }

    @AfterAll
    static void close() {
        SCAN.close();
        RECORDS.close();
        MEMORY.close();
        assertTrue(LEDGER.isEmpty(), LEDGER::toString);
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldTellOnlyOfWholeRecordsOfAnyFile(byte[] bytes) {
        if (bytes == null || bytes.length == 0 || bytes.length > 1 + FILE_BYTES) {
            return;
        }
        byte[] file = (bytes[0] & IS_EDITED) == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : edited(bytes);
        DISK.bytes = file;
        DISK.reads = 0;
        ScanPage page = new ScanPage();
        page.isLastFile = (bytes[0] & IS_LAST) != 0;
        DiskJob job = new DiskJob();
        job.page = page;
        job.sequence = SEQUENCE;
        int blocks = file.length / BLOCK + 1;
        long end = BLOCK;
        for (int pages = 0; !page.isDone; pages++) {
            assertTrue(pages <= blocks, "it never ends");
            long before = page.nextPosition;
            job.position = before;
            job.lengthBytes = file.length;
            int result = SCAN.scan(job);
            if (result != RecordIo.OK) {
                assertEquals(RecordIo.CORRUPT, result);
                assertEquals(0, before, "only for its head");
                return;
            }
            assertTrue(page.isDone || page.nextPosition > before, "it goes on");
            assertTrue(page.badCount >= 0 && page.count >= 0 && page.count <= ScanPage.RECORDS_MAX);
            assertTrue(DISK.reads <= 3 * blocks, () -> "reads=" + DISK.reads);
            for (int i = 0; i < page.count; i++) {
                assertTrue(page.isLastFile ? page.positions[i] == end : page.positions[i] >= end, "one begins where another lies");
                end = page.positions[i] + assertWhole(file, page, i);
                assertTrue(end <= file.length && end <= page.endPosition);
                readIt(file, page, i);
            }
        }
    }

    /** By another CRC than the code's own; how long the record is. */
    private static long assertWhole(byte[] file, ScanPage page, int record) {
        int at = (int) page.positions[record];
        ByteBuffer header = ByteBuffer.wrap(file, at, BLOCK).slice().order(LITTLE_ENDIAN);
        int crcAt = header.getInt(8) == 1 ? 112 : 120;
        assertEquals(crc(file, at, crcAt), header.getInt(crcAt));
        assertEquals(page.salt, header.getLong(96));
        assertEquals(at, header.getLong(104));
        assertEquals(page.lengths[record], header.getLong(LENGTH_AT));
        byte[] name = new byte[BlockName.LENGTH_BYTES];
        page.names.getBytes(record * BlockName.LENGTH_BYTES, name);
        assertArrayEquals(Arrays.copyOfRange(file, at + 16, at + 16 + BlockName.LENGTH_BYTES), name);
        long recordBytes = RecordFormat.recordBytes(page.lengths[record]);
        int closing = (int) (at + recordBytes - RecordFormat.TRAILER_BYTES);
        ByteBuffer trailer = ByteBuffer.wrap(file, closing, RecordFormat.TRAILER_BYTES).slice().order(LITTLE_ENDIAN);
        assertEquals(crc(file, closing, 40), trailer.getInt(40));
        assertEquals(at, trailer.getLong(16));
        assertEquals(header.getInt(88), trailer.getInt(32));
        return recordBytes;
    }

    private static void readIt(byte[] file, ScanPage page, int record) {
        DiskJob job = new DiskJob();
        job.name.putBytes(0, page.names, record * BlockName.LENGTH_BYTES, BlockName.LENGTH_BYTES);
        job.salt = page.salt;
        job.position = page.positions[record];
        job.lengthBytes = page.lengths[record];
        job.address = MEMORY.address();
        int at = (int) job.position + RecordFormat.HEADER_BYTES;
        int told = ByteBuffer.wrap(file).order(LITTLE_ENDIAN).getInt((int) job.position + 88);
        boolean isRight = crc(file, at, page.lengths[record]) == told;
        MEMORY.segment().fill((byte) 0x55);
        assertEquals(isRight ? RecordIo.OK : RecordIo.CORRUPT, RECORDS.check(job));
        assertEquals(isRight ? RecordIo.OK : RecordIo.CORRUPT, RECORDS.read(job));
        byte[] read = new byte[page.lengths[record]];
        MEMORY.segment().asByteBuffer().get(read);
        assertArrayEquals(isRight ? Arrays.copyOfRange(file, at, at + read.length) : new byte[read.length], read);
    }

    private static byte[] edited(byte[] edits) {
        byte[] file = RIGHT.clone();
        for (int at = 1; at + EDIT_BYTES <= edits.length; at += EDIT_BYTES) {
            ByteBuffer edit = ByteBuffer.wrap(edits, at, EDIT_BYTES).order(LITTLE_ENDIAN);
            int what = edit.get() & 7;
            int block = (edit.get() & 0xFF) % BLOCKS * BLOCK;
            int offset = (edit.getShort() & 0xFFFF) % (BLOCK - 7);
            long value = edit.getLong();
            if (what == 0) {
                file = Arrays.copyOf(file, (int) Math.floorMod(value, FILE_BYTES + 1L));
            } else if (block + BLOCK <= file.length) {
                edit(file, what, block, offset, value);
            }
        }
        return file;
    }

    private static void edit(byte[] file, int what, int block, int offset, long value) {
        ByteBuffer into = ByteBuffer.wrap(file).order(LITTLE_ENDIAN);
        int trailer = block + BLOCK - RecordFormat.TRAILER_BYTES;
        int other = (int) Math.floorMod(value, (long) BLOCKS) * BLOCK;
        switch (what) {
            case 1 -> into.putLong(block + offset, value);
            case 2 -> {
                into.putLong(block + offset % 113, value);   // any field, and its CRC after it
                seal(file, block);
            }
            case 3 -> {
                into.putLong(trailer + offset % 33, value);
                into.putInt(trailer + 40, crc(file, trailer, 40));
            }
            case 4 -> {
                if (other + BLOCK <= file.length) {
                    System.arraycopy(file, block, file, other, BLOCK);
                }
            }
            case 5 -> {
                into.putLong(block + LENGTH_AT, value);
                seal(file, block);
            }
            case 6 -> closeRecord(file, block);
            default -> makeRecord(file, block, 1 + (int) Math.floorMod(value, (long) FILE_BYTES), 1 + (offset & 1), (offset & 2) != 0);
        }
    }

    /** A record where none was, perhaps within another's payload. */
    private static void makeRecord(byte[] file, int at, int length, int version, boolean isPayloadRight) {
        ByteBuffer header = ByteBuffer.wrap(file, at, BLOCK).slice().order(LITTLE_ENDIAN);
        header.putLong(0, HEADER_MAGIC).putInt(8, version).putInt(12, BLOCK).putLong(LENGTH_AT, length);
        header.putInt(92, 0).putLong(96, SALT).putLong(104, at);
        if (isPayloadRight && at + BLOCK + length <= file.length) {
            header.putInt(88, crc(file, at + BLOCK, length));
        }
        seal(file, at);
        closeRecord(file, at);
    }

    private static int headerCrcAt(byte[] file, int header) {
        return header + (ByteBuffer.wrap(file).order(LITTLE_ENDIAN).getInt(header + 8) == 1 ? 112 : 120);
    }

    private static void seal(byte[] file, int header) {
        int crcAt = headerCrcAt(file, header);
        ByteBuffer.wrap(file).order(LITTLE_ENDIAN).putInt(crcAt, crc(file, header, crcAt - header));
    }

    /** The trailer that this header asks for, where it has room. */
    private static void closeRecord(byte[] file, int header) {
        ByteBuffer into = ByteBuffer.wrap(file).order(LITTLE_ENDIAN);
        long length = into.getLong(header + LENGTH_AT);
        if (length <= 0 || length > FILE_BYTES || header + RecordFormat.recordBytes(length) > file.length) {
            return;
        }
        int trailer = (int) (header + RecordFormat.recordBytes(length) - RecordFormat.TRAILER_BYTES);
        into.putLong(trailer, TRAILER_MAGIC).putLong(trailer + 8, into.getLong(header + 96)).putLong(trailer + 16, into.getLong(header + 104));
        into.putLong(trailer + 24, length).putInt(trailer + 32, into.getInt(header + 88)).putInt(trailer + 36, into.getInt(headerCrcAt(file, header)));
        into.putInt(trailer + 40, crc(file, trailer, 40));
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    static Stream<byte[]> seeds() {
        byte[] raw = new byte[1 + FILE_BYTES];
        System.arraycopy(RIGHT, 0, raw, 1, FILE_BYTES);
        byte[] rawLast = raw.clone();
        rawLast[0] = IS_LAST;
        byte[] huge = {IS_EDITED, 5, 3, 0, 0, -1, -17, -1, 0x7F, 0, 0, 0, 0};
        return Stream.of(new byte[] {IS_EDITED}, new byte[] {IS_EDITED | IS_LAST}, raw, rawLast, huge, edits(1, 1, 100, 1), edits(2, 1, 104, 8192),
            edits(3, 2, 24, 5000), edits(4, 1, 0, 4), edits(6, 3, 0, 0), edits(7, 10, 2, 99), edits(7, 4, 3, 3 * BLOCK), edits(7, 5, 0, 100), edits(0, 0, 0, 5 * BLOCK + 100));
    }

    private static byte[] edits(int what, int block, int offset, long value) {
        byte[] edit = new byte[1 + EDIT_BYTES];
        ByteBuffer.wrap(edit).order(LITTLE_ENDIAN).put((byte) IS_EDITED).put((byte) what).put((byte) block).putShort((short) offset).putLong(value);
        return edit;
    }

    /** As the code writes it: a head, records of {@link #LENGTHS}, zeros. */
    private static byte[] right() {
        SimDisk disk = new SimDisk();
        Path path = Path.of("/sim/cache/0000000000000007.log");
        DiskJob job = new DiskJob();
        job.handle = disk.create(path, FILE_BYTES);
        job.salt = SALT;
        job.storedMs = 1;
        job.address = MEMORY.address();
        try (RecordIo records = new RecordIo(disk, Copier.best(), LEDGER)) {
            assertEquals(RecordIo.OK, records.writeFileHead(job.handle, SEQUENCE, SALT));
            job.position = BLOCK;
            for (int length : LENGTHS) {
                MEMORY.segment().asSlice(0, length).fill((byte) length);
                job.lengthBytes = length;
                job.name.setMemory(0, BlockName.LENGTH_BYTES, (byte) (length + 1));
                assertEquals(RecordIo.OK, records.write(job));
                job.position += RecordFormat.recordBytes(length);
            }
        }
        return disk.bytes(path);
    }
}
