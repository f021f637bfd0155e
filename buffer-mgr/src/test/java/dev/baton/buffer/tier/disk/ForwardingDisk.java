package dev.baton.buffer.tier.disk;

import dev.baton.memory.FileVector;
import java.nio.file.Path;
import java.util.List;

/** Another disk with something changed by who extends this. */
class ForwardingDisk implements DiskIo {
    private final DiskIo disk;

    ForwardingDisk(DiskIo disk) {
        this.disk = disk;
    }

    @Override
    public Claim claim(Path directory) {
        return disk.claim(directory);
    }

    @Override
    public List<Listed> list(Path directory) {
        return disk.list(directory);
    }

    @Override
    public int create(Path file, long lengthBytes) {
        return disk.create(file, lengthBytes);
    }

    @Override
    public int open(Path file) {
        return disk.open(file);
    }

    @Override
    public long read(int handle, FileVector into, long offset) {
        return disk.read(handle, into, offset);
    }

    @Override
    public long write(int handle, FileVector from, long offset) {
        return disk.write(handle, from, offset);
    }

    @Override
    public int truncate(int handle, long lengthBytes) {
        return disk.truncate(handle, lengthBytes);
    }

    @Override
    public int close(int handle) {
        return disk.close(handle);
    }

    @Override
    public int delete(Path file) {
        return disk.delete(file);
    }
}
