package dev.baton.buffer.codec;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Bytes on the heap, where zstd and loops reach them, copied from and to addresses through a window that is moved
 * there: unlike a memory segment's, its calls allocate nothing even where the compiler does not inline them.
 */
final class Plane {
    final byte[] bytes;
    private final UnsafeBuffer window = new UnsafeBuffer(0, 0);

    Plane(int length) {
        bytes = new byte[length];
    }

    void read(long address, int length) {
        window.wrap(address, length);
        window.getBytes(0, bytes, 0, length);
    }

    void write(long address, int length) {
        window.wrap(address, length);
        window.putBytes(0, bytes, 0, length);
    }

    int readWord(long address) {
        window.wrap(address, Integer.BYTES);
        return window.getInt(0, LITTLE_ENDIAN);
    }

    void writeWord(long address, int word) {
        window.wrap(address, Integer.BYTES);
        window.putInt(0, word, LITTLE_ENDIAN);
    }
}
