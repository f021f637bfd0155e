package dev.baton.memory.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A mark in a stream of copies, which tells whether all before it are done. One thread at a time; allocates nothing. */
public final class CopyEvent implements AutoCloseable {
    private final CudaDevice device;
    private final CUstream stream;
    private final CUevent event = new CUevent();
    private final AtomicBoolean closed = new AtomicBoolean();

    CopyEvent(CudaDevice device, CUstream stream) {
        this.device = device;
        this.stream = stream;
        device.enter();
        // The driver takes events that keep no time faster.
        CudaException.check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING),
            device.facts());
        device.opened("", 0);
    }

    /** Sets the mark behind all copies that were started so far; an earlier mark is forgotten. */
    public void record() {
        requireOpen();
        device.enter();
        int code = JCudaDriver.cuEventRecord(event, stream);
        if (code != CUresult.CUDA_SUCCESS) {
            throw new CudaException("cuEventRecord", code, device.facts());
        }
    }

    /**
     * Whether the copies before the mark are done; does not wait. True as long as no mark was set.
     * @throws CudaException if one of them failed: what its target holds is then unknown
     */
    public boolean isDone() {
        requireOpen();
        device.enter();
        int code = JCudaDriver.cuEventQuery(event);
        if (code != CUresult.CUDA_SUCCESS && code != CUresult.CUDA_ERROR_NOT_READY) {
            throw new CudaException("cuEventQuery", code, device.facts());
        }
        return code == CUresult.CUDA_SUCCESS;
    }

    /** Gives it back; copies go on. Again: no effect. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            device.enter();
            CudaException.check("cuEventDestroy", JCudaDriver.cuEventDestroy(event), device.facts());
        } finally {
            device.closed("", 0);
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the event is closed: " + device.facts());
        }
    }
}
