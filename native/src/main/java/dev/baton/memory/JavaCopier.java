package dev.baton.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The copier without C. The JDK's own stubs do the work: copies of 2.5 MiB and more go past the caches on AVX-512, and
 * CRC32C over a direct buffer is an intrinsic. That class cannot be told where to start, so a running CRC is joined
 * from two ({@link CrcCombine}). A fused pass is not to be had in Java: the source is read twice.
 */
final class JavaCopier implements Copier {
    static final JavaCopier INSTANCE = new JavaCopier();

    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ThreadLocal<Windows> WINDOWS = ThreadLocal.withInitial(Windows::new);

    private JavaCopier() {}

    @Override
    public int copyWithCrc(long source, long target, long length, int crc) {
        copy(source, target, length);
        return crc(source, length, crc);
    }

    @Override
    public void copy(long source, long target, long length) {
        MemorySegment.copy(ALL, source, ALL, target, length);
    }

    @Override
    public int crc(long address, long length, int crc) {
        if (length == 0) {
            return crc;
        }
        Windows windows = WINDOWS.get();
        int own = windows.crc(address, length);
        return crc == 0 ? own : CrcCombine.multiply(windows.factor(length), crc) ^ own;
    }

    @Override
    public String name() {
        return "java";
    }

    /**
     * Direct buffers over the address space, made once for each window that a thread meets. {@link CRC32C} takes
     * buffers only, and a new one for each call would allocate on the hot path. A pool's slabs are few and stay, so
     * the cache settles; a window that meets another in its place is made again.
     */
    private static final class Windows {
        private static final int WINDOW_SHIFT = 29;
        private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;
        private static final int SLOT_COUNT = 256;

        private final CRC32C crc32c = new CRC32C();
        private final long[] windowNumbers = new long[SLOT_COUNT];
        private final ByteBuffer[] buffers = new ByteBuffer[SLOT_COUNT];
        /** Calls in a row are mostly of one length, and finding its factor costs more than using it. */
        private long factorLength;
        private int factor = CrcCombine.factor(0);

        /** The CRC of these bytes alone. */
        int crc(long address, long length) {
            crc32c.reset();
            for (long done = 0; done < length; ) {
                long at = address + done;
                int offset = (int) (at & (WINDOW_BYTES - 1));
                int taken = (int) Math.min(WINDOW_BYTES - offset, length - done);
                ByteBuffer window = window(at >>> WINDOW_SHIFT);
                window.limit(offset + taken).position(offset);
                crc32c.update(window);
                done += taken;
            }
            return (int) crc32c.getValue();
        }

        int factor(long length) {
            if (length != factorLength) {
                factor = CrcCombine.factor(length);
                factorLength = length;
            }
            return factor;
        }

        private ByteBuffer window(long number) {
            int slot = (int) number & (SLOT_COUNT - 1);
            ByteBuffer window = buffers[slot];
            if (window == null || windowNumbers[slot] != number) {
                window = ALL.asSlice(number << WINDOW_SHIFT, WINDOW_BYTES).asByteBuffer();
                windowNumbers[slot] = number;
                buffers[slot] = window;
            }
            return window;
        }
    }
}
