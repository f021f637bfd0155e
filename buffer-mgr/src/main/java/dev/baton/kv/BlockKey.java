package dev.baton.kv;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What one block of KV is known by: 32 bytes made by {@link KeyHasher}, all of them compared, always. Immutable.
 *
 * @param first  bytes 0 to 7, as a number in big-endian order; and so on
 */
public record BlockKey(long first, long second, long third, long fourth) {
    public static final int LENGTH_BYTES = 32;

    /** Reads 32 bytes. */
    public static BlockKey of(DirectBuffer buffer, int offset) {
        return new BlockKey(buffer.getLong(offset, BIG_ENDIAN), buffer.getLong(offset + 8, BIG_ENDIAN),
            buffer.getLong(offset + 16, BIG_ENDIAN), buffer.getLong(offset + 24, BIG_ENDIAN));
    }

    static BlockKey of(byte[] bytes) {
        return of(new UnsafeBuffer(bytes), 0);
    }

    /** Writes 32 bytes; returns how many. */
    public int encode(MutableDirectBuffer buffer, int offset) {
        buffer.putLong(offset, first, BIG_ENDIAN);
        buffer.putLong(offset + 8, second, BIG_ENDIAN);
        buffer.putLong(offset + 16, third, BIG_ENDIAN);
        buffer.putLong(offset + 24, fourth, BIG_ENDIAN);
        return LENGTH_BYTES;
    }

    /** As 64 hexadecimal digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(first) + hex.toHexDigits(second) + hex.toHexDigits(third) + hex.toHexDigits(fourth);
    }
}
