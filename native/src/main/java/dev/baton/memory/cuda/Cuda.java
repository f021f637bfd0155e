package dev.baton.memory.cuda;

import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Availability;
import dev.baton.platform.Require;

/**
 * The way to this machine's CUDA devices. Loads nothing until it is asked the first time; that takes milliseconds where
 * there is no driver and up to some seconds where the driver starts up. Safe from any thread.
 */
public final class Cuda {
    private Cuda() {}

    /** Whether a device can be used: names, memory and driver; or what is missing. Asks the driver once, then remembers. */
    public static Availability availability() {
        return CudaLibrary.availability();
    }

    /** How many devices this process sees; 0 where CUDA is absent. */
    public static int deviceCount() {
        return CudaLibrary.deviceCount();
    }

    /**
     * Opens a device for this process, with the context that all libraries of a process share.
     * @param ledger  counts what is allocated there, until it is closed
     * @param ordinal 0 up to {@link #deviceCount()} less one
     * @throws IllegalStateException if CUDA is absent; the message says why
     * @throws CudaException if the driver refuses
     */
    public static CudaDevice open(MemoryLedger ledger, int ordinal) {
        Availability availability = availability();
        if (!availability.isPresent()) {
            throw new IllegalStateException("no CUDA here, ask Cuda.availability() first: " + availability.describe());
        }
        Require.between("ordinal", ordinal, 0, deviceCount() - 1);
        return new CudaDevice(ledger, ordinal);
    }
}
