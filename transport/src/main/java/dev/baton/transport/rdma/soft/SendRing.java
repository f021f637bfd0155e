package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes that were posted and not carried out, in order; those posted inline with their bytes. Not thread-safe; allocates nothing. */
public final class SendRing {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final WriteRequest[] sends;
    private final MemorySegment inlined;
    private final int inlineBytes;
    private int head;
    private int count;

    public SendRing(int sendsMax, int inlineBytes) {
        this.inlineBytes = inlineBytes;
        sends = new WriteRequest[sendsMax];
        inlined = Arena.ofAuto().allocate(Math.max(1L, (long) sendsMax * inlineBytes));
        for (int i = 0; i < sendsMax; i++) {
            sends[i] = new WriteRequest();
        }
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Takes a copy, also of the bytes of an inline one. Throws where it is full, or those are too many. */
    public void add(WriteRequest write) throws IOException {
        if (count == sends.length) {
            throw new IOException("a queue pair is full: sends=" + sends.length);
        }
        if (write.isInline() && (write.lengthBytes() > inlineBytes || write.pieceCount() != 1)) {
            throw new IOException("too long to go inline: lengthBytes=" + write.lengthBytes() + " max=" + inlineBytes);
        }
        int at = (head + count++) % sends.length;
        sends[at].copyOf(write);
        if (write.isInline()) {
            MemorySegment.copy(MEMORY, write.address(0), inlined, (long) at * inlineBytes, write.lengthBytes());
        }
    }

    /** The oldest. */
    public WriteRequest first() {
        return sends[head];
    }

    /** Where a piece of the oldest is read from. */
    public long sourceOfFirst(int piece) {
        return sends[head].isInline() ? inlined.address() + (long) head * inlineBytes : sends[head].address(piece);
    }

    /** The oldest is done with. */
    public void remove() {
        head = (head + 1) % sends.length;
        count--;
    }

    public void clear() {
        count = 0;
    }
}
