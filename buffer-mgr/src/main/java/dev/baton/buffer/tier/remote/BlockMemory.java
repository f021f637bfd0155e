package dev.baton.buffer.tier.remote;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The caller's memory, for as long as one operation lasts. The operation's own thread may use {@link #view}; threads of a
 * client library copy by {@link #put} and {@link #take}, which do nothing once the operation has ended, whenever they come.
 */
public final class BlockMemory {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final long address;
    private final long lengthBytes;
    private boolean isOver;
    private boolean isTouched;

    BlockMemory(long address, long lengthBytes) {
        this.address = address;
        this.lengthBytes = lengthBytes;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    /** The bytes themselves, 2 GiB at most, to read from or write to before the operation's method returns. */
    public ByteBuffer view(long offset, int viewBytes) {
        synchronized (this) {
            isTouched = true;
        }
        return ALL.asSlice(address + offset, viewBytes).asByteBuffer();
    }

    /** Copies all that remains of {@code from} to that offset; false, and nothing is copied, where it is too late or too much. */
    public synchronized boolean put(long offset, ByteBuffer from) {
        if (isOver || from.remaining() > lengthBytes - offset) {
            return false;
        }
        isTouched = true;
        MemorySegment.copy(MemorySegment.ofBuffer(from), 0, ALL, address + offset, from.remaining());
        return true;
    }

    /** Copies bytes from that offset to the front of {@code to}; false, and nothing is copied, where it is too late. */
    public synchronized boolean take(long offset, int takenBytes, byte[] to) {
        if (isOver || takenBytes > lengthBytes - offset) {
            return false;
        }
        MemorySegment.copy(ALL, address + offset, MemorySegment.ofArray(to), 0, takenBytes);
        return true;
    }

    /** From here on nobody but the caller uses the memory. */
    synchronized void end() {
        isOver = true;
    }

    /** Whether something may have been written. */
    synchronized boolean isTouched() {
        return isTouched;
    }

    void wipe() {
        ALL.asSlice(address, lengthBytes).fill((byte) 0);
    }
}
