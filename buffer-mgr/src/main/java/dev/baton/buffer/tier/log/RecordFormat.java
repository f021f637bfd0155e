package dev.baton.buffer.tier.log;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.buffer.tier.BlockName;
import dev.baton.memory.Copier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a log file looks like. Everything begins on a block of 4 KiB, as direct I/O wants it; all numbers are
 * little-endian; every CRC is CRC32C over what stands before it. The salt is drawn for each file: a record that is no
 * record of this very file and place, such as one that lies within a payload, is not taken for one.
 * <pre>
 *   file     head | record | record | ...                    then zeros, for files are allocated whole
 *
 *   head     0 magic 8 | 8 version 4 | 12 block bytes 4 | 16 sequence 8 | 24 salt 8 | 32 CRC 4
 *
 *   record   header, one block | payload | zeros | trailer, the last 64 bytes of the last block
 *   header   0 magic 8 | 8 version 4 | 12 header bytes 4 | 16 key 32 | 48 tenant 16 | 64 layout 16 | 80 length 8
 *            88 payload CRC 4 | 92 codec 4, 0 for none | 96 salt 8 | 104 position 8 | 112 stored, ms since 1970 8 | 120 CRC 4
 *   trailer  0 magic 8 | 8 salt 8 | 16 position 8 | 24 length 8 | 32 payload CRC 4 | 36 header CRC 4 | 40 CRC 4
 * </pre>
 * Written is version 2. Version 1 is read as well: its headers tell no time, and have their CRC at 112. Pure; safe from any thread.
 */
public final class RecordFormat {
    public static final int BLOCK_SHIFT = 12;
    public static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;
    public static final int HEADER_BYTES = BLOCK_BYTES;
    public static final int TRAILER_BYTES = 64;
    /** Of the payload; its length is kept in 31 bits. */
    public static final long PAYLOAD_BYTES_MAX = (1L << 31) - BLOCK_BYTES;

    private static final long FILE_MAGIC = 0x474f4c4e4f544142L;       // "BATONLOG"
    private static final long HEADER_MAGIC = 0x4345524e4f544142L;     // "BATONREC"
    private static final long TRAILER_MAGIC = 0x444e454e4f544142L;    // "BATONEND"
    private static final int VERSION = 2;
    private static final int VERSION_TIMELESS = 1;
    private static final int NAME_AT = 16;
    private static final int LENGTH_AT = 80;
    private static final int PAYLOAD_CRC_AT = 88;
    private static final int CODEC_AT = 92;
    private static final int SALT_AT = 96;
    private static final int POSITION_AT = 104;
    private static final int TIMELESS_CRC_AT = 112;
    private static final int STORED_AT = 112;
    private static final int HEADER_CRC_AT = 120;
    private static final int FILE_CRC_AT = 32;
    private static final int TRAILER_CRC_AT = 40;

    private RecordFormat() {}

    /** Bytes that a record of this payload takes in its file. */
    public static long recordBytes(long payloadBytes) {
        return HEADER_BYTES + tailOffset(payloadBytes) + tailBytes(payloadBytes);
    }

    /** Where, behind the header, the whole blocks of the payload end and the tail begins. */
    public static long tailOffset(long payloadBytes) {
        return payloadBytes & -BLOCK_BYTES;
    }

    /** The tail: what the payload has beyond whole blocks, zeros, the trailer; one block or two. */
    public static int tailBytes(long payloadBytes) {
        return (int) (payloadBytes & (BLOCK_BYTES - 1)) + TRAILER_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    }

    public static void writeFileHead(UnsafeBuffer block, long sequence, long salt, Copier copier) {
        block.setMemory(0, BLOCK_BYTES, (byte) 0);
        block.putLong(0, FILE_MAGIC, LITTLE_ENDIAN);
        block.putInt(8, VERSION, LITTLE_ENDIAN);
        block.putInt(12, BLOCK_BYTES, LITTLE_ENDIAN);
        block.putLong(16, sequence, LITTLE_ENDIAN);
        block.putLong(24, salt, LITTLE_ENDIAN);
        block.putInt(FILE_CRC_AT, copier.crc(block.addressOffset(), FILE_CRC_AT, 0), LITTLE_ENDIAN);
    }

    /** Whether this is the head of the file with that number. */
    public static boolean isFileHead(UnsafeBuffer block, long sequence, Copier copier) {
        return block.getLong(0, LITTLE_ENDIAN) == FILE_MAGIC && isVersionKnown(block) &&
            block.getInt(12, LITTLE_ENDIAN) == BLOCK_BYTES && block.getLong(16, LITTLE_ENDIAN) == sequence &&
            block.getInt(FILE_CRC_AT, LITTLE_ENDIAN) == copier.crc(block.addressOffset(), FILE_CRC_AT, 0);
    }

    public static long fileSalt(UnsafeBuffer block) {
        return block.getLong(24, LITTLE_ENDIAN);
    }

    /**
     * Fills a header.
     * @param storedMs milliseconds since 1970; 0 where nobody knows
     */
    public static void writeHeader(UnsafeBuffer block, DirectBuffer name, int nameOffset, long payloadBytes,
        int payloadCrc, long salt, long position, long storedMs, Copier copier) {
        block.setMemory(0, BLOCK_BYTES, (byte) 0);
        block.putLong(0, HEADER_MAGIC, LITTLE_ENDIAN);
        block.putInt(8, VERSION, LITTLE_ENDIAN);
        block.putInt(12, HEADER_BYTES, LITTLE_ENDIAN);
        block.putBytes(NAME_AT, name, nameOffset, BlockName.LENGTH_BYTES);
        block.putLong(LENGTH_AT, payloadBytes, LITTLE_ENDIAN);
        block.putInt(PAYLOAD_CRC_AT, payloadCrc, LITTLE_ENDIAN);
        block.putInt(CODEC_AT, 0, LITTLE_ENDIAN);
        block.putLong(SALT_AT, salt, LITTLE_ENDIAN);
        block.putLong(POSITION_AT, position, LITTLE_ENDIAN);
        block.putLong(STORED_AT, storedMs, LITTLE_ENDIAN);
        block.putInt(HEADER_CRC_AT, copier.crc(block.addressOffset(), HEADER_CRC_AT, 0), LITTLE_ENDIAN);
    }

    /** Whether a whole header of a record of this file and place stands here, whatever its name and length. */
    public static boolean isHeader(UnsafeBuffer block, long salt, long position, Copier copier) {
        long length = block.getLong(LENGTH_AT, LITTLE_ENDIAN);
        return block.getLong(0, LITTLE_ENDIAN) == HEADER_MAGIC && isVersionKnown(block) &&
            block.getInt(12, LITTLE_ENDIAN) == HEADER_BYTES && block.getInt(CODEC_AT, LITTLE_ENDIAN) == 0 &&
            block.getLong(SALT_AT, LITTLE_ENDIAN) == salt && block.getLong(POSITION_AT, LITTLE_ENDIAN) == position &&
            length > 0 && length <= PAYLOAD_BYTES_MAX &&
            headerCrc(block) == copier.crc(block.addressOffset(), headerCrcAt(block), 0);
    }

    private static boolean isVersionKnown(UnsafeBuffer block) {
        int version = block.getInt(8, LITTLE_ENDIAN);
        return version == VERSION || version == VERSION_TIMELESS;
    }

    private static int headerCrcAt(UnsafeBuffer header) {
        return header.getInt(8, LITTLE_ENDIAN) == VERSION_TIMELESS ? TIMELESS_CRC_AT : HEADER_CRC_AT;
    }

    private static int headerCrc(UnsafeBuffer header) {
        return header.getInt(headerCrcAt(header), LITTLE_ENDIAN);
    }

    /** Of a block that {@link #isHeader}: whether all of the name, tenant and layout included, is this one. */
    public static boolean isNamed(UnsafeBuffer block, DirectBuffer name, int nameOffset) {
        int difference = 0;
        for (int at = 0; at < BlockName.LENGTH_BYTES; at++) {
            difference |= block.getByte(NAME_AT + at) ^ name.getByte(nameOffset + at);
        }
        return difference == 0;
    }

    /** Of a block that {@link #isHeader}. */
    public static long payloadBytes(UnsafeBuffer header) {
        return header.getLong(LENGTH_AT, LITTLE_ENDIAN);
    }

    /** Where a header says that it stands. */
    public static long position(UnsafeBuffer header) {
        return header.getLong(POSITION_AT, LITTLE_ENDIAN);
    }

    /** Of a block that {@link #isHeader}. */
    public static int payloadCrc(UnsafeBuffer header) {
        return header.getInt(PAYLOAD_CRC_AT, LITTLE_ENDIAN);
    }

    /** Of a block that {@link #isHeader}: when it was stored, in milliseconds since 1970, or 0 where it does not tell. */
    public static long storedMs(UnsafeBuffer header) {
        return header.getInt(8, LITTLE_ENDIAN) == VERSION_TIMELESS ? 0 : Math.max(0, header.getLong(STORED_AT, LITTLE_ENDIAN));
    }

    /** Where the name stands in a header. */
    public static int nameOffset() {
        return NAME_AT;
    }

    /** Fills a trailer that closes the record of this header. */
    public static void writeTrailer(UnsafeBuffer trailer, UnsafeBuffer header, Copier copier) {
        trailer.setMemory(0, TRAILER_BYTES, (byte) 0);
        trailer.putLong(0, TRAILER_MAGIC, LITTLE_ENDIAN);
        trailer.putLong(8, header.getLong(SALT_AT, LITTLE_ENDIAN), LITTLE_ENDIAN);
        trailer.putLong(16, header.getLong(POSITION_AT, LITTLE_ENDIAN), LITTLE_ENDIAN);
        trailer.putLong(24, header.getLong(LENGTH_AT, LITTLE_ENDIAN), LITTLE_ENDIAN);
        trailer.putInt(32, header.getInt(PAYLOAD_CRC_AT, LITTLE_ENDIAN), LITTLE_ENDIAN);
        trailer.putInt(36, headerCrc(header), LITTLE_ENDIAN);
        trailer.putInt(TRAILER_CRC_AT, copier.crc(trailer.addressOffset(), TRAILER_CRC_AT, 0), LITTLE_ENDIAN);
    }

    /** Whether this trailer closes the record of this header. */
    public static boolean isTrailer(UnsafeBuffer trailer, UnsafeBuffer header, Copier copier) {
        return trailer.getLong(0, LITTLE_ENDIAN) == TRAILER_MAGIC &&
            trailer.getLong(8, LITTLE_ENDIAN) == header.getLong(SALT_AT, LITTLE_ENDIAN) &&
            trailer.getLong(16, LITTLE_ENDIAN) == header.getLong(POSITION_AT, LITTLE_ENDIAN) &&
            trailer.getLong(24, LITTLE_ENDIAN) == header.getLong(LENGTH_AT, LITTLE_ENDIAN) &&
            trailer.getInt(32, LITTLE_ENDIAN) == header.getInt(PAYLOAD_CRC_AT, LITTLE_ENDIAN) &&
            trailer.getInt(36, LITTLE_ENDIAN) == headerCrc(header) &&
            trailer.getInt(TRAILER_CRC_AT, LITTLE_ENDIAN) == copier.crc(trailer.addressOffset(), TRAILER_CRC_AT, 0);
    }
}
