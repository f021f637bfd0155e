package dev.baton.transport.rdma;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the slabs of a process lie and by which key a peer may write to them, as it lies in registered memory at both
 * ends. Little-endian on the wire.
 * <pre>
 *   each entry  int slab | int key | long address | long lengthBytes
 * </pre>
 */
final class SlabTable {
    static final int ENTRY_BYTES = 24;

    private SlabTable() {}

    static void put(UnsafeBuffer buffer, int index, int slab, int key, long address, long lengthBytes) {
        int at = index * ENTRY_BYTES;
        buffer.putInt(at, slab, LITTLE_ENDIAN);
        buffer.putInt(at + 4, key, LITTLE_ENDIAN);
        buffer.putLong(at + 8, address, LITTLE_ENDIAN);
        buffer.putLong(at + 16, lengthBytes, LITTLE_ENDIAN);
    }

    static int slab(UnsafeBuffer buffer, int at) {
        return buffer.getInt(at, LITTLE_ENDIAN);
    }

    static int key(UnsafeBuffer buffer, int at) {
        return buffer.getInt(at + 4, LITTLE_ENDIAN);
    }

    static long address(UnsafeBuffer buffer, int at) {
        return buffer.getLong(at + 8, LITTLE_ENDIAN);
    }

    static long lengthBytes(UnsafeBuffer buffer, int at) {
        return buffer.getLong(at + 16, LITTLE_ENDIAN);
    }
}
