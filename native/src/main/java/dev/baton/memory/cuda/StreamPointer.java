package dev.baton.memory.cuda;

import jcuda.driver.CUstream;

/** A stream that tells its handle, for the calls that go past JCuda. */
final class StreamPointer extends CUstream {
    long handle() {
        return getNativePointer();
    }
}
