package dev.baton.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Owned memory outside the heap: it has one owner, is counted in a {@link MemoryLedger} from birth to close, and every
 * page of it was touched before it was handed out. Any thread may read and write it; one closes it, after the last
 * access by absolute address (those are not checked). Made by {@link Regions}.
 */
public final class Region implements AutoCloseable {
    private final MemoryLedger ledger;
    private final String owner;
    private final Path path;
    private final MemorySegment segment;
    private final Arena arena;
    private final Runnable onClosed;
    private final long address;
    private final long lengthBytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    Region(MemoryLedger ledger, String owner, Path path, MemorySegment segment, Arena arena, Runnable onClosed) {
        this.ledger = ledger;
        this.owner = owner;
        this.path = path;
        this.segment = segment;
        this.arena = arena;
        this.onClosed = onClosed;
        this.address = segment.address();
        this.lengthBytes = segment.byteSize();
        ledger.add(owner, lengthBytes);
    }

    /** Absolute address of the first byte in this process; a peer maps the same file elsewhere. */
    public long address() {
        return address;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    public String owner() {
        return owner;
    }

    /** The mapped file, or null for anonymous memory. */
    public Path pathOrNull() {
        return path;
    }

    /** The whole region, bounds-checked; it fails cleanly once the region is closed. */
    public MemorySegment segment() {
        return segment;
    }

    public boolean isClosed() {
        return closed.get();
    }

    /** Unmaps, removes the file if this region made it to be removed, and strikes the bytes off. Again: no effect. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                arena.close();
            } finally {
                ledger.remove(owner, lengthBytes);
                onClosed.run();
            }
        }
    }

    @Override
    public String toString() {
        return "Region owner=" + owner + " lengthBytes=" + lengthBytes + " path=" + path +
            (isClosed() ? " closed" : "");
    }
}
