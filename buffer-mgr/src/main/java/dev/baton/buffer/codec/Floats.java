package dev.baton.buffer.codec;

import java.lang.foreign.MemorySegment;

/** Floats whose bits are copied to ints and back: a loop that asks for a float's bits is not vectorised, a copy is. */
final class Floats {
    final float[] numbers;
    final int[] bits;
    private final MemorySegment numberMemory;
    private final MemorySegment bitMemory;

    Floats(int length) {
        numbers = new float[length];
        bits = new int[length];
        numberMemory = MemorySegment.ofArray(numbers);
        bitMemory = MemorySegment.ofArray(bits);
    }

    /** Makes {@link #bits} those of {@link #numbers}. */
    void toBits(int from, int count) {
        MemorySegment.copy(numberMemory, 4L * from, bitMemory, 4L * from, 4L * count);
    }

    /** Makes {@link #numbers} those of {@link #bits}. */
    void fromBits(int from, int count) {
        MemorySegment.copy(bitMemory, 4L * from, numberMemory, 4L * from, 4L * count);
    }
}
