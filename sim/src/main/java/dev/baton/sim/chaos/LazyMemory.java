package dev.baton.sim.chaos;

import java.lang.foreign.MemorySegment;

import dev.baton.memory.MemorySource;
import dev.baton.platform.Posix;

/**
 * Memory of simulated nodes: its pages come when they are touched, as most never are, and it is gone when it is given
 * back, so that a write to it ends the process as it would elsewhere.
 */
final class LazyMemory implements MemorySource {
    private static final long PAGE_BYTES = 4096;

    private LazyMemory() {}

    /** Null where the kernel cannot be asked. */
    static MemorySource orNull() {
        return Posix.availability().isPresent() ? new LazyMemory() : null;
    }

    @Override
    public MemorySegment take(long lengthBytes) {
        long address = Posix.mapAnonymous(mappedBytes(lengthBytes));
        if (address < 0) {
            throw new IllegalStateException("memory cannot be mapped: lengthBytes=" + lengthBytes + " errno=" + -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
    }

    @Override
    public void giveBack(MemorySegment memory) {
        Posix.unmap(memory.address(), mappedBytes(memory.byteSize()));
    }

    private static long mappedBytes(long lengthBytes) {
        return (lengthBytes + PAGE_BYTES - 1) & -PAGE_BYTES;
    }
}
