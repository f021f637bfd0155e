package dev.baton.memory.cuda;

import jcuda.driver.CUresult;

/**
 * The CUDA driver refused a call, or told of an error of an earlier asynchronous one. The message has the call, the
 * code, its name and what was asked. After codes such as 700 (illegal address) the device's context is lost to this process.
 */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    CudaException(String call, int code, String facts) {
        super(call + " failed: error=" + code + " name=" + CUresult.stringFor(code) + (facts.isEmpty() ? "" : " " + facts));
        this.code = code;
    }

    /** The driver's {@code CUresult}. */
    public int code() {
        return code;
    }

    /** For calls off the hot path, whose facts may be put together before it is known that they are needed. */
    static void check(String call, int code, String facts) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call, code, facts);
        }
    }
}
