package dev.baton.sim.chaos;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.baton.memory.MemorySource;

/**
 * Memory that one seed after the other uses, on one thread: what a node gives back is nobody's for the rest of its seed,
 * and must then be as it was given back, so that a write by whoever used it comes out.
 */
final class Cellar implements MemorySource {
    private static final long PAGE_BYTES = 4096;
    private static final ThreadLocal<Cellar> OF_THREAD = ThreadLocal.withInitial(Cellar::new);

    private final Map<Long, ArrayDeque<MemorySegment>> free = new HashMap<>();
    private final List<MemorySegment> givenBack = new ArrayList<>();

    private Cellar() {}

    /** The calling thread's own. */
    static Cellar ofThread() {
        return OF_THREAD.get();
    }

    @Override
    public MemorySegment take(long lengthBytes) {
        ArrayDeque<MemorySegment> fitting = free.get(lengthBytes);
        return fitting == null || fitting.isEmpty() ? Arena.ofAuto().allocate(lengthBytes, PAGE_BYTES) : fitting.pop();
    }

    @Override
    public void giveBack(MemorySegment memory) {
        memory.fill((byte) 0);
        givenBack.add(memory);
    }

    /** The seed is over. Returns bytes of regions that were written to after they were closed: 0 if all is well. */
    long endSeed() {
        long written = 0;
        for (MemorySegment memory : givenBack) {
            if (!isBlank(memory)) {
                written += memory.byteSize();
                memory.fill((byte) 0);
            }
            free.computeIfAbsent(memory.byteSize(), _ -> new ArrayDeque<>()).push(memory);
        }
        givenBack.clear();
        return written;
    }

    private static boolean isBlank(MemorySegment memory) {
        long length = memory.byteSize();
        return memory.get(ValueLayout.JAVA_BYTE, 0) == 0
            && MemorySegment.mismatch(memory, 1, length, memory, 0, length - 1) < 0;
    }
}
