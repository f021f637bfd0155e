package dev.baton.transport.tcp;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Direct buffers over absolute addresses, which is what a socket channel takes. One buffer a window of 1 GiB, made when
 * it is first met and kept: a pool's slabs are few and stay, so nothing is made once warm. Addresses are not checked.
 * Owned by one thread; a window is valid until the next is asked for.
 */
final class AddressWindows {
    private static final int WINDOW_SHIFT = 30;
    private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;
    private static final int SLOT_COUNT = 256;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final long[] numbers = new long[SLOT_COUNT];
    private final ByteBuffer[] buffers = new ByteBuffer[SLOT_COUNT];

    /** How many of {@code lengthBytes} bytes one window holds from this address on. */
    static int reach(long address, int lengthBytes) {
        return (int) Math.min(lengthBytes, WINDOW_BYTES - (address & (WINDOW_BYTES - 1)));
    }

    /**
     * A buffer whose position is at the address and which has {@code lengthBytes} left; at most {@link #reach} of them.
     */
    ByteBuffer at(long address, int lengthBytes) {
        long number = address >>> WINDOW_SHIFT;
        int slot = (int) number & (SLOT_COUNT - 1);
        ByteBuffer window = buffers[slot];
        if (window == null || numbers[slot] != number) {
            window = ALL.asSlice(number << WINDOW_SHIFT, WINDOW_BYTES).asByteBuffer();
            numbers[slot] = number;
            buffers[slot] = window;
        }
        int offset = (int) (address & (WINDOW_BYTES - 1));
        return window.limit(offset + lengthBytes).position(offset);
    }
}
