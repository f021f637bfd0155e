package dev.baton.memory.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.baton.platform.Require;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * The driver's two copies by address, which see from the addresses which way to go. Past JCuda, whose pointers are
 * objects: each copy would make two. Allocates nothing.
 */
final class CudaCopies {
    private static final MethodHandle START = Linker.nativeLinker().downcallHandle(
        CudaLibrary.driver().findOrThrow("cuMemcpyAsync"),
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle NOW = Linker.nativeLinker().downcallHandle(
        CudaLibrary.driver().findOrThrow("cuMemcpy"),
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private CudaCopies() {}

    static void require(CudaMemory target, long targetOffset, CudaMemory source, long sourceOffset, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        Require.between("targetOffset", targetOffset, 0, target.lengthBytes() - lengthBytes);
        Require.between("sourceOffset", sourceOffset, 0, source.lengthBytes() - lengthBytes);
        target.requireOpen();
        source.requireOpen();
    }

    /** Starts a copy on a stream; the driver's code. */
    static int start(long target, long source, long lengthBytes, long stream) {
        try {
            return (int) START.invokeExact(target, source, lengthBytes, stream);
        } catch (Throwable ex) {
            throw new AssertionError("a call into the driver's library failed to run at all: cuMemcpyAsync", ex);
        }
    }

    static void now(long target, long source, long lengthBytes, String facts) {
        int code;
        try {
            code = (int) NOW.invokeExact(target, source, lengthBytes);
        } catch (Throwable ex) {
            throw new AssertionError("a call into the driver's library failed to run at all: cuMemcpy", ex);
        }
        CudaException.check("cuMemcpy", code, facts + " lengthBytes=" + lengthBytes);
    }
}
