package dev.baton.sim.bench;

import dev.baton.buffer.tier.disk.DiskIo;
import dev.baton.memory.FileVector;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.nio.file.Path;

/**
 * What a file system gives without any tier: one preallocated file, written and read from one end to the other, past the
 * page cache where that is possible, by several threads that each take the next piece. As {@code fio} with direct
 * sequential I/O and as many jobs. Made, used and closed by one thread.
 */
final class RawDevice implements RawLimit {
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

    @Override
    public double write() {
        return pass(true);
    }

    @Override
    public double read() {
        return pass(false);
    }

    private double pass(boolean isWrite) {
        return fileBytes * 1e9 / RawPass.run(memory.length, fileBytes / pieceBytes, (thread, piece) -> {
            FileVector vector = new FileVector(1);
            vector.clear().add(memory[thread].address(), pieceBytes);
            long at = piece * pieceBytes;
            long moved = isWrite ? io.write(handle, vector, at) : io.read(handle, vector, at);
            if (moved != pieceBytes) {
                throw new IllegalStateException("result=" + moved + " path=" + file);
            }
        });
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
