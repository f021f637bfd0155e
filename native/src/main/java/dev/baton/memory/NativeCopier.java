package dev.baton.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The copier in C ({@code src/main/c/baton_memory.c}): one pass that copies and checks. The calls are ordinary ones,
 * not "critical": the thread counts as outside Java meanwhile, so a long copy holds up no garbage collection.
 */
final class NativeCopier implements Copier {
    static final NativeCopier INSTANCE = linkedOrNull();

    private static final MethodHandle COPY_WITH_CRC = link("baton_copy_crc32c",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle COPY = link("baton_copy",
        FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CRC = link("baton_crc32c",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private final String name;

    private NativeCopier(String name) {
        this.name = name;
    }

    @Override
    public int copyWithCrc(long source, long target, long length, int crc) {
        try {
            return (int) COPY_WITH_CRC.invokeExact(source, target, length, crc);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public void copy(long source, long target, long length) {
        try {
            COPY.invokeExact(source, target, length);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public int crc(long address, long length, int crc) {
        try {
            return (int) CRC.invokeExact(address, length, crc);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public String name() {
        return name;
    }

    private static NativeCopier linkedOrNull() {
        if (NativeLibrary.lookupOrNull() == null) {
            return null;
        }
        try {
            MethodHandle variant = link("baton_variant", FunctionDescriptor.of(ADDRESS));
            MemorySegment text = (MemorySegment) variant.invokeExact();
            return new NativeCopier("native " + text.reinterpret(Long.MAX_VALUE).getString(0));
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    private static MethodHandle link(String symbol, FunctionDescriptor shape) {
        SymbolLookup lookup = NativeLibrary.lookupOrNull();
        return lookup == null ? null : Linker.nativeLinker().downcallHandle(lookup.findOrThrow(symbol), shape);
    }

    private static AssertionError failed(Throwable cause) {
        return new AssertionError("a call into the C library failed to run at all", cause);
    }
}
