package dev.baton.memory.cuda;

import jcuda.Pointer;

/** A pointer to host memory, by its address; JCuda keeps the address to subclasses. */
final class HostPointer extends Pointer {
    /** Null, for a call to fill. */
    HostPointer() {
        super(0L);
    }

    HostPointer(long address) {
        super(address);
    }

    long address() {
        return getNativePointer();
    }
}
