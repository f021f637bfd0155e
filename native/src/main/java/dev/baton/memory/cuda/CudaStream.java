package dev.baton.memory.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * Copies in order, in the background of the calling thread. A copy is started here and known to be done by a
 * {@link CopyEvent}; starting and asking allocate nothing and do not wait. One thread at a time.
 */
public final class CudaStream implements AutoCloseable {
    private final CudaDevice device;
    private final StreamPointer stream = new StreamPointer();
    private final AtomicBoolean closed = new AtomicBoolean();

    CudaStream(CudaDevice device) {
        this.device = device;
        device.enter();
        CudaException.check("cuStreamCreate",
            JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), device.facts());
        device.opened("", 0);
    }

    /**
     * Starts one copy, in whichever direction the two memories say. Neither may change, nor be closed, until an event
     * that was recorded after it is done.
     * @throws IllegalArgumentException if the bytes do not lie in both memories
     */
    public void copy(CudaMemory target, long targetOffset, CudaMemory source, long sourceOffset, long lengthBytes) {
        CudaCopies.require(target, targetOffset, source, sourceOffset, lengthBytes);
        requireOpen();
        device.enter();
        int code = CudaCopies.start(target.address() + targetOffset, source.address() + sourceOffset, lengthBytes,
            stream.handle());
        if (code != 0) {
            throw new CudaException("cuMemcpyAsync", code, device.facts() + " lengthBytes=" + lengthBytes + " target=" + target +
                " targetOffset=" + targetOffset + " source=" + source + " sourceOffset=" + sourceOffset);
        }
    }

    /** A new event for this stream, to be recorded as often as one likes. Closed before the stream. */
    public CopyEvent event() {
        requireOpen();
        return new CopyEvent(device, stream);
    }

    /** Waits for the copies that were started, then gives the stream back. Again: no effect. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            device.enter();
            // The driver would let the copies run on, into memory that its owner may close next.
            int copies = JCudaDriver.cuStreamSynchronize(stream);
            CudaException.check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream), device.facts());
            CudaException.check("cuStreamSynchronize", copies, device.facts());
        } finally {
            device.closed("", 0);
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the stream is closed: " + device.facts());
        }
    }
}
