package dev.baton.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The copier in C ({@code src/main/c/baton_memory.c}): one pass that copies and checks. The calls are ordinary ones,
 * not "critical": the thread counts as outside Java meanwhile, so a long copy holds up no garbage collection.
 */
final class NativeCopier implements Copier {
    private static final MethodHandle COPY_WITH_CRC = link("baton_copy_crc32c",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle COPY = link("baton_copy",
        FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CRC = link("baton_crc32c",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private static final List<NativeCopier> VARIANTS = found();

    private final long variant;
    private final String name;

    private NativeCopier(long variant, String name) {
        this.variant = variant;
        this.name = name;
    }

    /** Every variant that this processor can run, the best first; none where the library is absent. */
    static List<NativeCopier> variants() {
        return VARIANTS;
    }

    static NativeCopier bestOrNull() {
        return VARIANTS.isEmpty() ? null : VARIANTS.getFirst();
    }

    @Override
    public int copyWithCrc(long source, long target, long length, int crc) {
        try {
            return (int) COPY_WITH_CRC.invokeExact(variant, source, target, length, crc);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public void copy(long source, long target, long length) {
        try {
            COPY.invokeExact(variant, source, target, length);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public int crc(long address, long length, int crc) {
        try {
            return (int) CRC.invokeExact(variant, address, length, crc);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public String name() {
        return name;
    }

    private static List<NativeCopier> found() {
        List<NativeCopier> copiers = new ArrayList<>();
        if (NativeLibrary.lookupOrNull() == null) {
            return copiers;
        }
        try {
            MethodHandle variantAt = link("baton_variant", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
            MethodHandle nameOf = link("baton_variant_name", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
            long variant = (long) variantAt.invokeExact(0);
            while (variant != 0) {
                MemorySegment name = (MemorySegment) nameOf.invokeExact(variant);
                copiers.add(new NativeCopier(variant, "native " + name.reinterpret(Long.MAX_VALUE).getString(0)));
                variant = (long) variantAt.invokeExact(copiers.size());
            }
        } catch (Throwable ex) {
            throw failed(ex);
        }
        return List.copyOf(copiers);
    }

    private static MethodHandle link(String symbol, FunctionDescriptor shape) {
        SymbolLookup lookup = NativeLibrary.lookupOrNull();
        return lookup == null ? null : Linker.nativeLinker().downcallHandle(lookup.findOrThrow(symbol), shape);
    }

    private static AssertionError failed(Throwable cause) {
        return new AssertionError("a call into the C library failed to run at all", cause);
    }
}
