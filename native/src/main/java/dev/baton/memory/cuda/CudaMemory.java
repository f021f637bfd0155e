package dev.baton.memory.cuda;

import dev.baton.platform.Require;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.JCudaDriver;

/**
 * Memory that a CUDA device copies to and from: its own, page-locked host memory, or another process's. Counted in the
 * ledger of its {@link CudaDevice} from birth to close, but for registered regions, which are counted already. Any
 * thread may use it; one closes it, after the last copy is done.
 */
public final class CudaMemory implements AutoCloseable {
    /** Whose it is; {@code PINNED} and {@code REGISTERED} are host memory and can be read and written by address. */
    public enum Kind {
        DEVICE, PINNED, REGISTERED, PEER;

        boolean isHost() {
            return this == PINNED || this == REGISTERED;
        }
    }

    private final CudaDevice device;
    private final Kind kind;
    private final String owner;
    private final long address;
    private final long lengthBytes;
    private final DevicePointer pointer;
    private final Runnable release;
    private final Arena arena;
    private final MemorySegment segment;
    private final AtomicBoolean closed = new AtomicBoolean();

    CudaMemory(CudaDevice device, Kind kind, String owner, long address, long lengthBytes, DevicePointer pointer,
        Runnable release) {
        this.device = device;
        this.kind = kind;
        this.owner = owner;
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.pointer = pointer;
        this.release = release;
        this.arena = kind.isHost() ? Arena.ofShared() : null;
        this.segment = kind.isHost() ? MemorySegment.ofAddress(address).reinterpret(lengthBytes, arena, null) : null;
        device.opened(owner, countedBytes());
    }

    public Kind kind() {
        return kind;
    }

    public String owner() {
        return owner;
    }

    /** Address of the first byte; in the device's address space unless this is host memory, and then in both. */
    public long address() {
        return address;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    public boolean isClosed() {
        return closed.get();
    }

    /** The whole of it, bounds-checked; fails cleanly once this is closed. Host memory only. */
    public MemorySegment segment() {
        Require.that(kind.isHost(), "memory", kind, "of the host: PINNED or REGISTERED");
        return segment;
    }

    /** The name by which another process opens it ({@link CudaDevice#open}). Memory of kind {@code DEVICE} only. */
    public IpcHandle ipcHandle() {
        requireDevice();
        device.enter();
        return CudaDevice.export(pointer, facts());
    }

    /**
     * A file descriptor by which a network device reaches this memory, for
     * {@link dev.baton.platform.VerbsExtension#registerDmabuf}. Memory of kind {@code DEVICE} only, of whole
     * pages of 4 KiB (allocate 2 MiB at least, which the driver aligns), on a device that {@link CudaDevice#hasDmabuf() has it}.
     */
    public Dmabuf dmabuf() {
        requireDevice();
        device.enter();
        return Dmabuf.of(address, lengthBytes, facts());
    }

    /**
     * Waits for whatever the device is doing, then gives the memory back, or lets go of what is another's. Again: no effect.
     * @throws CudaException if the driver refused, or a copy before it failed; the memory is struck off all the same
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            device.enter();
            if (arena != null) {
                arena.close();
            }
            // On the error path a copy may still be under way, and the driver does not promise to wait for each kind.
            int earlier = JCudaDriver.cuCtxSynchronize();
            release.run();
            CudaException.check("cuCtxSynchronize", earlier, facts());
        } finally {
            device.closed(owner, countedBytes());
        }
    }

    void requireOpen() {
        if (isClosed()) {
            throw new IllegalStateException("the memory is closed: " + facts());
        }
    }

    private void requireDevice() {
        Require.that(kind == Kind.DEVICE, "memory", kind, "of the device, allocated by this process");
        requireOpen();
    }

    private long countedBytes() {
        return kind == Kind.REGISTERED ? 0 : lengthBytes;
    }

    private String facts() {
        return device.facts() + " kind=" + kind + " owner=" + owner + " lengthBytes=" + lengthBytes;
    }

    @Override
    public String toString() {
        return "CudaMemory " + facts() + (isClosed() ? " closed" : "");
    }
}
