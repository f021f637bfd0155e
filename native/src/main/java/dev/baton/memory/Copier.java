package dev.baton.memory;

import dev.baton.platform.Availability;

/**
 * Copies and checks raw memory by absolute address. Addresses are not checked: the caller has, against its regions.
 * Source and target must not overlap. Any thread may call; nothing is allocated once a thread is warm. Every store is
 * visible to other processors before a copy returns: what was written past the caches is fenced.
 *
 * <p>A CRC is CRC32C as {@link java.util.zip.CRC32C} gives it. It runs on: the CRC of nothing is 0, and
 * {@code crc(b, n, crc(a, m, 0))} is the CRC of the m bytes at a and the n bytes at b in a row.
 */
public interface Copier {
    /**
     * Copies and gives the running CRC of what was copied, reading each byte once where the machine can.
     * @param length bytes, 0 or more
     * @param crc    the CRC of what came before, 0 for nothing
     */
    int copyWithCrc(long source, long target, long length, int crc);

    /** Copies {@code length} bytes, past the caches when there are many. */
    void copy(long source, long target, long length);

    /** The running CRC of the {@code length} bytes at {@code address}. */
    int crc(long address, long length, int crc);

    /** Which code this is, for reports: {@code "java"}, {@code "native avx512"}. */
    String name();

    /** The fastest that works here: the native one where it is present, else Java. */
    static Copier best() {
        Copier nativeOne = nativeOrNull();
        return nativeOne != null ? nativeOne : java();
    }

    /** Plain Java; always there. */
    static Copier java() {
        return JavaCopier.INSTANCE;
    }

    /** The C copier, or null where {@link #availability()} says why it is absent. */
    static Copier nativeOrNull() {
        return NativeCopier.bestOrNull();
    }

    /** Whether the C copier was built and could be loaded. */
    static Availability availability() {
        return NativeLibrary.availability();
    }
}
