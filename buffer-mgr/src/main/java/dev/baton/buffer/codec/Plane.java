package dev.baton.buffer.codec;

import java.lang.foreign.MemorySegment;

/** Bytes on the heap, where zstd and loops reach them, that are copied from and to addresses without allocation. */
final class Plane {
    final byte[] bytes;
    private final MemorySegment memory;

    Plane(int length) {
        bytes = new byte[length];
        memory = MemorySegment.ofArray(bytes);
    }

    void read(long address, int length) {
        MemorySegment.copy(Memory.ALL, address, memory, 0, length);
    }

    void write(long address, int length) {
        MemorySegment.copy(memory, 0, Memory.ALL, address, length);
    }
}
