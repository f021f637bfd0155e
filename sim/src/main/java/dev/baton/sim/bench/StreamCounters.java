package dev.baton.sim.bench;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the two ends of one stream tell each other while they are measured, in memory that both have mapped. It stands
 * for the control messages around the data (CHUNK notices and acknowledgements), the same for every way, so that only
 * the data path differs.
 * <pre>
 *   offset 0     long  messages sent (bare loop only: its hand-over)
 *         64     long  messages checked by the receiver
 *       4096     manifest: {@value #LINE_COUNT} longs, message i at i mod that: (i + 1) in the upper half,
 *                its CRC32C in the lower
 * </pre>
 * One writer a field; published with release, read with acquire.
 */
final class StreamCounters {
    static final int BYTES = 128 << 10;
    static final int LINE_COUNT = 8192;
    private static final int CHECKED_OFFSET = 64;
    private static final int MANIFEST_OFFSET = 4096;

    private final UnsafeBuffer buffer;

    StreamCounters(long address) {
        buffer = new UnsafeBuffer(address, BYTES);
    }

    /** Sender, while the receiver rests. */
    void clear() {
        buffer.setMemory(0, BYTES, (byte) 0);
    }

    void sent(long count) {
        buffer.putLongRelease(0, count);
    }

    long sent() {
        return buffer.getLongAcquire(0);
    }

    void checked(long count) {
        buffer.putLongRelease(CHECKED_OFFSET, count);
    }

    long checked() {
        return buffer.getLongAcquire(CHECKED_OFFSET);
    }

    void tell(int message, int crc) {
        buffer.putLongRelease(line(message), ((message + 1L) << 32) | (crc & 0xFFFF_FFFFL));
    }

    boolean isTold(int message) {
        return buffer.getLongAcquire(line(message)) >>> 32 == message + 1;
    }

    /** The CRC told for a message; only after {@link #isTold}. */
    int crc(int message) {
        return (int) buffer.getLong(line(message));
    }

    private static int line(int message) {
        return MANIFEST_OFFSET + (message & (LINE_COUNT - 1)) * Long.BYTES;
    }
}
