package dev.baton.sim.bench;

import dev.baton.buffer.tier.disk.DiskIo;
import dev.baton.memory.FileVector;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a file system gives without any tier: one preallocated file, written and read from one end to the other, past the
 * page cache where that is possible, by several threads that each take the next piece. As {@code fio} with direct
 * sequential I/O and as many jobs. Made, used and closed by one thread.
 */
final class RawDevice implements AutoCloseable {
    private static final int ALIGNMENT = 4096;

    private final DiskIo io;
    private final Path file;
    private final long pieceBytes;
    private final long fileBytes;
    private final int handle;
    private final Region[] memory;

    /**
     * Makes the file.
     * @param lengthBytes of each read and write, rounded up to whole blocks of 4 KiB
     * @param setBytes    of the file
     */
    RawDevice(DiskIo io, Path file, long lengthBytes, long setBytes, int threads, MemoryLedger ledger) {
        this.io = io;
        this.file = file;
        pieceBytes = (lengthBytes + ALIGNMENT - 1) & -ALIGNMENT;
        fileBytes = Math.max(1, setBytes / pieceBytes) * pieceBytes;
        handle = io.create(file, fileBytes);
        if (handle < 0) {
            throw new IllegalStateException("file for the raw limit cannot be made: path=" + file + " bytes=" + fileBytes +
                " errno=" + -handle);
        }
        memory = new Region[threads];
        for (int i = 0; i < threads; i++) {
            memory[i] = Regions.anonymous(ledger, "bench.raw", pieceBytes);
            memory[i].segment().fill((byte) (i + 1));
        }
    }

    /** Bytes per second of one pass over the file. */
    double write() {
        return pass(true);
    }

    /** As {@link #write()}, reading. */
    double read() {
        return pass(false);
    }

    private double pass(boolean isWrite) {
        AtomicLong next = new AtomicLong();
        AtomicLong failed = new AtomicLong();
        Thread[] threads = new Thread[memory.length];
        long beganNs = System.nanoTime();
        for (int i = 0; i < threads.length; i++) {
            Region region = memory[i];
            threads[i] = Thread.ofPlatform().name("baton-bench-raw-" + i).start(() -> {
                FileVector vector = new FileVector(1);
                for (long at = next.getAndAdd(pieceBytes); at < fileBytes; at = next.getAndAdd(pieceBytes)) {
                    vector.clear().add(region.address(), pieceBytes);
                    long moved = isWrite ? io.write(handle, vector, at) : io.read(handle, vector, at);
                    if (moved != pieceBytes) {
                        failed.compareAndSet(0, moved == 0 ? -1 : moved);
                        return;
                    }
                }
            });
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the raw limit was measured", ex);
            }
        }
        if (failed.get() != 0) {
            throw new IllegalStateException("the device failed while its raw limit was measured: result=" + failed.get() +
                " path=" + file);
        }
        return fileBytes * 1e9 / (System.nanoTime() - beganNs);
    }

    @Override
    public void close() {
        io.close(handle);
        io.delete(file);
        for (Region region : memory) {
            region.close();
        }
    }
}
