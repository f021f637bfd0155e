package dev.baton.memory.cuda;

import jcuda.driver.CUdeviceptr;

/** A pointer to device memory that tells its address, which JCuda keeps to subclasses. */
final class DevicePointer extends CUdeviceptr {
    long address() {
        return getNativePointer();
    }
}
