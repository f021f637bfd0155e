package dev.baton.buffer.slab;

import dev.baton.memory.Region;

/**
 * One slab with its memory. The pool that opened it closes it.
 *
 * @param spec   what it is
 * @param region its bytes, {@code spec.lengthBytes()} of them
 */
public record Slab(SlabSpec spec, Region region) {
    /** Absolute address of its first byte in this process. */
    public long address() {
        return region.address();
    }
}
