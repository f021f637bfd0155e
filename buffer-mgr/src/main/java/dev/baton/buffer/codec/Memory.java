package dev.baton.buffer.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Absolute addresses, and numbers in arrays of bytes; little-endian and unaligned. */
final class Memory {
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INT_OF_BYTES = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG_OF_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Memory() {}

    static void read(long address, byte[] bytes, int length) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, bytes, 0, length);
    }

    static void write(byte[] bytes, int length, long address) {
        MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, address, length);
    }

    static void read(long address, short[] words, int count) {
        MemorySegment.copy(ALL, SHORT, address, words, 0, count);
    }

    static void write(short[] words, int count, long address) {
        MemorySegment.copy(words, 0, ALL, SHORT, address, count);
    }
}
