package dev.baton.memory.cuda;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.platform.Require;
import java.util.concurrent.atomic.AtomicInteger;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUipcMemHandle;
import jcuda.driver.JCudaDriver;

/**
 * One CUDA device as this process uses it. Memory, streams and events made here are closed before it; closing it with
 * something open is refused, because the driver would take that away under its user. Safe from any thread. Made by
 * {@link Cuda#open(MemoryLedger, int)}.
 */
public final class CudaDevice implements AutoCloseable {
    /** Pinned memory is the same to every device of the process, whichever of them it was allocated by. */
    private static final int HOST_ALLOC_PORTABLE = JCudaDriver.CU_MEMHOSTALLOC_PORTABLE;

    private static final int HOST_REGISTER_PORTABLE = JCudaDriver.CU_MEMHOSTREGISTER_PORTABLE;
    private static final int IPC_LAZY_ENABLE_PEER_ACCESS = 1;

    private final MemoryLedger ledger;
    private final int ordinal;
    private final CUdevice device;
    private final CUcontext context = new CUcontext();
    private final AtomicInteger openCount = new AtomicInteger();
    private volatile boolean isClosed;

    CudaDevice(MemoryLedger ledger, int ordinal) {
        this.ledger = ledger;
        this.ordinal = ordinal;
        this.device = CudaLibrary.device(ordinal);
        CudaException.check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device), facts());
    }

    public int ordinal() {
        return ordinal;
    }

    public String name() {
        return CudaLibrary.name(device, ordinal);
    }

    /** All of its memory, in use or not. */
    public long memoryBytes() {
        return CudaLibrary.memoryBytes(device, ordinal);
    }

    /** Whether its memory can be told to network devices by a dma-buf ({@link CudaMemory#dmabuf()}). */
    public boolean hasDmabuf() {
        int[] value = new int[1];
        CudaException.check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value,
            CUdevice_attribute.CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED, device), facts() + " attribute=DMA_BUF_SUPPORTED");
        return value[0] != 0;
    }

    /** Memory of the device, not zeroed. */
    public CudaMemory allocate(String owner, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        enter();
        DevicePointer pointer = new DevicePointer();
        CudaException.check("cuMemAlloc", JCudaDriver.cuMemAlloc(pointer, lengthBytes),
            facts() + " owner=" + owner + " lengthBytes=" + lengthBytes);
        return new CudaMemory(this, CudaMemory.Kind.DEVICE, owner, pointer.address(), lengthBytes, pointer,
            () -> CudaException.check("cuMemFree", JCudaDriver.cuMemFree(pointer), facts() + " owner=" + owner));
    }

    /** Page-locked memory of the host, not zeroed, which devices copy to and from without a stop. */
    public CudaMemory allocatePinned(String owner, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        enter();
        HostPointer pointer = new HostPointer();
        CudaException.check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, lengthBytes, HOST_ALLOC_PORTABLE),
            facts() + " owner=" + owner + " lengthBytes=" + lengthBytes);
        return new CudaMemory(this, CudaMemory.Kind.PINNED, owner, pointer.address(), lengthBytes, null,
            () -> CudaException.check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer), facts() + " owner=" + owner));
    }

    /**
     * Page-locks a region that is there, such as a slab of the pool, and makes it known to devices. The region stays its
     * owner's, who closes it after this; the ledger counts its bytes once, for the region.
     */
    public CudaMemory register(Region region) {
        Require.that(!region.isClosed(), "region", region, "open");
        enter();
        HostPointer pointer = new HostPointer(region.address());
        CudaException.check("cuMemHostRegister",
            JCudaDriver.cuMemHostRegister(pointer, region.lengthBytes(), HOST_REGISTER_PORTABLE),
            facts() + " owner=" + region.owner() + " lengthBytes=" + region.lengthBytes());
        return new CudaMemory(this, CudaMemory.Kind.REGISTERED, region.owner(), region.address(), region.lengthBytes(), null,
            () -> CudaException.check("cuMemHostUnregister", JCudaDriver.cuMemHostUnregister(pointer),
                facts() + " owner=" + region.owner()));
    }

    /**
     * Maps device memory of another process on this machine. That process keeps it until this one has closed it.
     * @param lengthBytes what is used of it from its first byte on; refused if the allocation is shorter
     * @throws CudaException if there is no such allocation, or it is of this very process
     */
    public CudaMemory open(String owner, IpcHandle handle, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        enter();
        DevicePointer pointer = new DevicePointer();
        CudaException.check("cuIpcOpenMemHandle",
            JCudaDriver.cuIpcOpenMemHandle(pointer, handle.toJCuda(), IPC_LAZY_ENABLE_PEER_ACCESS),
            facts() + " owner=" + owner + " lengthBytes=" + lengthBytes);
        Runnable release = () -> CudaException.check("cuIpcCloseMemHandle", JCudaDriver.cuIpcCloseMemHandle(pointer),
            facts() + " owner=" + owner);
        long mappedBytes = -1;
        try {
            long[] bytes = new long[1];
            CudaException.check("cuMemGetAddressRange",
                JCudaDriver.cuMemGetAddressRange(new DevicePointer(), bytes, pointer), facts() + " owner=" + owner);
            mappedBytes = bytes[0];
        } finally {
            if (mappedBytes < lengthBytes) {
                release.run();
            }
        }
        Require.that(mappedBytes >= lengthBytes, "lengthBytes", lengthBytes, "at most the peer's allocation of " + mappedBytes);
        return new CudaMemory(this, CudaMemory.Kind.PEER, owner, pointer.address(), lengthBytes, pointer, release);
    }

    /** A new stream: copies on it run in order, beside those of other streams. */
    public CudaStream stream() {
        return new CudaStream(this);
    }

    /**
     * Copies at once and waits, as the runtime's {@code cudaMemcpy} does for host memory: what streams are measured against.
     * @throws IllegalArgumentException if the bytes do not lie in both memories
     */
    public void copyAndWait(CudaMemory target, long targetOffset, CudaMemory source, long sourceOffset, long lengthBytes) {
        CudaCopies.require(target, targetOffset, source, sourceOffset, lengthBytes);
        enter();
        CudaCopies.now(target.address() + targetOffset, source.address() + sourceOffset, lengthBytes, facts());
        // From device to device the driver returns before the bytes are there.
        CudaException.check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize(), facts());
    }

    /** Lets go of the device. Again: no effect. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        if (openCount.get() != 0) {
            throw new IllegalStateException("close memory, streams and events of the device before it: " + facts() +
                " open=" + openCount.get() + " ledger=" + ledger);
        }
        isClosed = true;
        CudaException.check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device), facts());
    }

    /** Makes the device the calling thread's current one, which the driver keeps by thread. Allocates nothing. */
    void enter() {
        if (isClosed) {
            throw new IllegalStateException("the device is closed: " + facts());
        }
        int code = JCudaDriver.cuCtxSetCurrent(context);
        if (code != 0) {
            throw new CudaException("cuCtxSetCurrent", code, facts());
        }
    }

    void opened(String owner, long countedBytes) {
        openCount.incrementAndGet();
        if (countedBytes > 0) {
            ledger.add(owner, countedBytes);
        }
    }

    void closed(String owner, long countedBytes) {
        openCount.decrementAndGet();
        if (countedBytes > 0) {
            ledger.remove(owner, countedBytes);
        }
    }

    String facts() {
        return "ordinal=" + ordinal;
    }

    static IpcHandle export(DevicePointer pointer, String facts) {
        CUipcMemHandle handle = new CUipcMemHandle();
        CudaException.check("cuIpcGetMemHandle", JCudaDriver.cuIpcGetMemHandle(handle, pointer), facts);
        return IpcHandle.of(handle);
    }
}
