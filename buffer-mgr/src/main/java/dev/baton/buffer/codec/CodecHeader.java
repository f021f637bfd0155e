package dev.baton.buffer.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * What stands before every encoded image, little-endian, 64 bytes. Absolute addresses; any thread.
 * <pre>
 *    0 u32 magic "BKVC"      4 u8 header version   5 u8 codec id   6 u8 codec version   7 u8 element type
 *    8 u64 raw length       16 u64 encoded length, without this header
 *   24 f32 error bound      28 f32 largest error; both in root mean squares of a section, 0: lossless
 *   32 u32 slots            36 u32 heads          40 u32 key row bytes    44 u32 value row bytes
 *   48 u32 layers           52 u8 order           53 u8 mixed             54 u16 zero
 *   56 u32 CRC32C: of the raw bytes, where the codec is lossless, else of the encoded ones
 *   60 u32 CRC32C of the 60 bytes before
 * </pre>
 */
final class CodecHeader {
    static final int LENGTH_BYTES = 64;
    static final int CHECKED_BYTES = 60;

    private static final int MAGIC = 0x4356_4b42;
    private static final int VERSION = 1;
    private static final MemorySegment ALL = Memory.ALL;

    private CodecHeader() {}

    /** Writes all but the header's own CRC, which {@link #seal} adds. */
    @SuppressWarnings("EnumOrdinal")   // both enums promise that their ordinal is their code on the wire
    static void write(long at, ImageShape shape, CodecProvider provider, Codec codec, long encodedBytes, int crc) {
        ALL.set(Memory.INT, at, MAGIC);
        ALL.set(JAVA_BYTE, at + 4, (byte) VERSION);
        ALL.set(JAVA_BYTE, at + 5, (byte) provider.id());
        ALL.set(JAVA_BYTE, at + 6, (byte) provider.version());
        ALL.set(JAVA_BYTE, at + 7, (byte) shape.elements().ordinal());
        ALL.set(Memory.LONG, at + 8, shape.lengthBytes());
        ALL.set(Memory.LONG, at + 16, encodedBytes);
        ALL.set(Memory.INT, at + 24, Float.floatToRawIntBits(codec.errorBound()));
        ALL.set(Memory.INT, at + 28, Float.floatToRawIntBits(codec.errorMax()));
        ALL.set(Memory.INT, at + 32, shape.slots());
        ALL.set(Memory.INT, at + 36, shape.heads());
        ALL.set(Memory.INT, at + 40, shape.keyRowBytes());
        ALL.set(Memory.INT, at + 44, shape.valueRowBytes());
        ALL.set(Memory.INT, at + 48, shape.layers());
        ALL.set(JAVA_BYTE, at + 52, (byte) shape.order().ordinal());
        ALL.set(JAVA_BYTE, at + 53, (byte) (shape.isMixed() ? 1 : 0));
        ALL.set(JAVA_BYTE, at + 54, (byte) 0);
        ALL.set(JAVA_BYTE, at + 55, (byte) 0);
        ALL.set(Memory.INT, at + 56, crc);
    }

    static void seal(long at, int headerCrc) {
        ALL.set(Memory.INT, at + CHECKED_BYTES, headerCrc);
    }

    /**
     * Refuses a header that is damaged, of another version, or of another image than is asked for.
     * @throws CodecException naming the value
     */
    static void check(long at, long length, int headerCrc, ImageShape shape) {
        int magic = ALL.get(Memory.INT, at);
        refuseUnless(magic == MAGIC, "no encoded block", "magic", magic);
        refuseUnless(u8(at + 4) == VERSION, "unknown header version", "headerVersion", u8(at + 4));
        refuseUnless(headerCrc == ALL.get(Memory.INT, at + CHECKED_BYTES), "header is damaged", "headerCrc",
            headerCrc);
        refuseUnless(u8(at + 7) == code(shape.elements()), "block of another element type", "elementType", u8(at + 7));
        refuseUnless(u8(at + 52) == code(shape.order()), "block of another order", "order", u8(at + 52));
        refuseUnless(u8(at + 53) == (shape.isMixed() ? 1 : 0), "block of other rows", "mixed", u8(at + 53));
        refuseOther("layers", at + 48, shape.layers());
        refuseOther("slots", at + 32, shape.slots());
        refuseOther("heads", at + 36, shape.heads());
        refuseOther("keyRowBytes", at + 40, shape.keyRowBytes());
        refuseOther("valueRowBytes", at + 44, shape.valueRowBytes());
        long rawBytes = ALL.get(Memory.LONG, at + 8);
        refuseUnless(rawBytes == shape.lengthBytes(), "block of another length", "rawBytes", rawBytes);
        refuseUnless(encodedBytes(at) == length - LENGTH_BYTES, "block is cut short or too long", "encodedBytes",
            encodedBytes(at));
    }

    static int codecId(long at) {
        return u8(at + 5);
    }

    static int codecVersion(long at) {
        return u8(at + 6);
    }

    static int crc(long at) {
        return ALL.get(Memory.INT, at + 56);
    }

    private static long encodedBytes(long at) {
        return ALL.get(Memory.LONG, at + 16);
    }

    private static int u8(long at) {
        return ALL.get(JAVA_BYTE, at) & 0xff;
    }

    @SuppressWarnings("EnumOrdinal")   // see write
    private static int code(ElementType elements) {
        return elements.ordinal();
    }

    @SuppressWarnings("EnumOrdinal")   // see write
    private static int code(DimensionOrder order) {
        return order.ordinal();
    }

    private static void refuseOther(String name, long at, int wanted) {
        int value = ALL.get(Memory.INT, at);
        if (value != wanted) {
            throw new CodecException("block of another shape", name + "=" + value + " wanted=" + wanted);
        }
    }

    private static void refuseUnless(boolean holds, String message, String name, long value) {
        if (!holds) {
            throw new CodecException(message, name + "=" + value);
        }
    }
}
