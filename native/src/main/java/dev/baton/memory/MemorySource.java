package dev.baton.memory;

import java.lang.foreign.MemorySegment;

/**
 * Where a ledger's anonymous regions come from, in place of the kernel: for who makes and closes thousands of them, as a
 * simulation does, all on one thread.
 */
public interface MemorySource {
    /** So many bytes, page aligned, all zero, for as long as they are not given back. */
    MemorySegment take(long lengthBytes);

    /** Nobody uses what was taken any more. */
    void giveBack(MemorySegment memory);
}
