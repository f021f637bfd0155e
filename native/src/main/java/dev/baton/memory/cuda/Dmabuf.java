package dev.baton.memory.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.baton.platform.Posix;
import dev.baton.platform.Require;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUresult;

/**
 * Device memory as a file descriptor of the kernel's, which drivers of network devices accept. Whoever registered it
 * keeps a hold of its own, so it can be closed after that; the memory itself must outlive every registration.
 */
public final class Dmabuf implements AutoCloseable {
    /** What a range must be whole pages of: the host's, and JCuda runs on x86-64 alone. */
    private static final long PAGE_BYTES = 4096;

    private static final int RANGE_HANDLE_DMA_BUF_FD = 1;

    private final int descriptor;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Dmabuf(int descriptor) {
        this.descriptor = descriptor;
    }

    /** JCuda has no word for this call, which came with CUDA 11.7. */
    static Dmabuf of(long address, long lengthBytes, String facts) {
        Require.that(address % PAGE_BYTES == 0 && lengthBytes % PAGE_BYTES == 0, "memory", facts,
            "whole pages of " + PAGE_BYTES + " bytes, by address and length");
        SymbolLookup driver = CudaLibrary.driver();
        MemorySegment function = driver.find("cuMemGetHandleForAddressRange").orElseThrow(() ->
            new CudaException("cuMemGetHandleForAddressRange", CUresult.CUDA_ERROR_NOT_SUPPORTED,
                facts + " reason=this driver is older than CUDA 11.7"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(JAVA_LONG);
            int code = (int) Linker.nativeLinker().downcallHandle(function,
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG))
                .invokeExact(handle, address, lengthBytes, RANGE_HANDLE_DMA_BUF_FD, 0L);
            CudaException.check("cuMemGetHandleForAddressRange", code, facts);
            return new Dmabuf(handle.get(JAVA_INT, 0));
        } catch (CudaException ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new AssertionError("a call into the driver's library failed to run at all", ex);
        }
    }

    /** The file descriptor, as long as this is open. */
    public int descriptor() {
        if (closed.get()) {
            throw new IllegalStateException("the dma-buf is closed: descriptor=" + descriptor);
        }
        return descriptor;
    }

    /** Closes the descriptor. Again: no effect, for its number may be another file's by then. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            int result = Posix.close(descriptor);
            if (result < 0) {
                throw new IllegalStateException("dma-buf cannot be closed: descriptor=" + descriptor + " errno=" + -result);
            }
        }
    }
}
