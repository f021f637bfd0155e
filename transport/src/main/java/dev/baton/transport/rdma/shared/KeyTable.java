package dev.baton.transport.rdma.shared;

import dev.baton.memory.Region;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a device has let peers at, in a file that they map: which key names which memory, and in which file it lies.
 * <pre>
 *   each entry of 128 bytes
 *     0  int   key; 0 for none                       written last, and first when it goes
 *     4  int   1 for the directory of the slower tier
 *     8  long  address at the owner
 *    16  long  bytes
 *    24  long  offset of the first in the file
 *    32  long  the file's length
 *    40  byte  length of the name | name
 * </pre>
 */
final class KeyTable {
    static final int ENTRIES = 4096;
    static final int ENTRY_BYTES = 128;
    static final int LENGTH_BYTES = ENTRIES * ENTRY_BYTES;
    static final int NAME_BYTES_MAX = 80;
    private static final int DIRECTORY_OFFSET = 4;
    private static final int ADDRESS_OFFSET = 8;
    private static final int BYTES_OFFSET = 16;
    private static final int START_OFFSET = 24;
    private static final int FILE_BYTES_OFFSET = 32;
    private static final int NAME_OFFSET = 40;

    private final UnsafeBuffer table;

    KeyTable(Region region) {
        table = new UnsafeBuffer(region.address(), LENGTH_BYTES);
    }

    /** Owner, one thread at a time. Gives the entry. */
    int add(int key, boolean isSpill, long address, long lengthBytes, long offset, long fileBytes, String name)
        throws IOException {
        int entry = find(0);
        if (entry < 0) {
            throw new IOException("no room for another piece of memory: registered=" + ENTRIES);
        }
        int at = entry * ENTRY_BYTES;
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        table.putInt(at + DIRECTORY_OFFSET, isSpill ? 1 : 0);
        table.putLong(at + ADDRESS_OFFSET, address);
        table.putLong(at + BYTES_OFFSET, lengthBytes);
        table.putLong(at + START_OFFSET, offset);
        table.putLong(at + FILE_BYTES_OFFSET, fileBytes);
        table.putByte(at + NAME_OFFSET, (byte) bytes.length);
        table.putBytes(at + NAME_OFFSET + 1, bytes);
        table.putIntVolatile(at, key);
        return entry;
    }

    /** Owner: from here on the key names nothing. */
    void remove(int entry) {
        table.putIntVolatile(entry * ENTRY_BYTES, 0);
    }

    /** The entry of a key, or -1. */
    int find(int key) {
        for (int entry = 0; entry < ENTRIES; entry++) {
            if (key(entry) == key) {
                return entry;
            }
        }
        return -1;
    }

    int key(int entry) {
        return table.getIntVolatile(entry * ENTRY_BYTES);
    }

    boolean isSpill(int entry) {
        return table.getInt(entry * ENTRY_BYTES + DIRECTORY_OFFSET) == 1;
    }

    long address(int entry) {
        return table.getLong(entry * ENTRY_BYTES + ADDRESS_OFFSET);
    }

    long lengthBytes(int entry) {
        return table.getLong(entry * ENTRY_BYTES + BYTES_OFFSET);
    }

    long offset(int entry) {
        return table.getLong(entry * ENTRY_BYTES + START_OFFSET);
    }

    long fileBytes(int entry) {
        return table.getLong(entry * ENTRY_BYTES + FILE_BYTES_OFFSET);
    }

    String name(int entry) {
        int at = entry * ENTRY_BYTES + NAME_OFFSET;
        byte[] name = new byte[Math.max(0, Math.min(table.getByte(at), NAME_BYTES_MAX))];
        table.getBytes(at + 1, name);
        return new String(name, StandardCharsets.US_ASCII);
    }
}
