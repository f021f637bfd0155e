package dev.baton.buffer.tier.disk;

import dev.baton.memory.FileVector;
import dev.baton.platform.Posix;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Files in the heap, with every fault on demand. It outlives the stores that use it, as a disk outlives processes. Safe
 * from any thread.
 */
final class SimDisk implements DiskIo {
    static final class SimFile {
        byte[] bytes;
    }

    final TreeMap<Path, SimFile> files = new TreeMap<>();
    private final List<SimFile> handles = new ArrayList<>();
    private final Set<Path> claimed = new HashSet<>();
    /** Bytes that all files together may take. */
    long capacityBytes = Long.MAX_VALUE;
    /** What the next calls answer, where it is not 0. */
    int readError;
    int writeError;
    /** Of the next write only: how much of it reaches the disk though all is said to have; below 0 for all. */
    long tornBytes = -1;
    /** Of the next write only: where it goes instead, counted from its place. */
    long misdirectedBytes;
    int readCount;
    int writeCount;

    @Override
    public synchronized Claim claim(Path directory) {
        if (!claimed.add(directory)) {
            throw new IllegalStateException("directory is claimed: directory=" + directory);
        }
        return () -> unclaim(directory);
    }

    @Override
    public synchronized List<Listed> list(Path directory) {
        return files.entrySet().stream().filter(each -> each.getKey().getParent().equals(directory))
            .map(each -> new Listed(each.getKey().getFileName().toString(), each.getValue().bytes.length)).toList();
    }

    @Override
    public synchronized int create(Path file, long lengthBytes) {
        if (writeError != 0) {
            return writeError;
        }
        if (files.containsKey(file)) {
            return -17;
        }
        if (takenBytes() + lengthBytes > capacityBytes) {
            return -Posix.ENOSPC;
        }
        SimFile made = new SimFile();
        made.bytes = new byte[(int) lengthBytes];
        files.put(file, made);
        return handleOf(made);
    }

    @Override
    public synchronized int open(Path file) {
        SimFile found = files.get(file);
        return found == null ? -2 : handleOf(found);
    }

    @Override
    public synchronized long read(int handle, FileVector into, long offset) {
        readCount++;
        if (readError != 0) {
            return readError;
        }
        byte[] bytes = handles.get(handle).bytes;
        long count = Math.max(0, Math.min(into.lengthBytes(), bytes.length - offset));
        into.scatter(MemorySegment.ofArray(bytes).asSlice(Math.min(offset, bytes.length), count));
        return count;
    }

    @Override
    public synchronized long write(int handle, FileVector from, long offset) {
        writeCount++;
        if (writeError != 0) {
            return writeError;
        }
        byte[] bytes = handles.get(handle).bytes;
        long asked = from.lengthBytes();
        if (tornBytes >= 0) {
            from.cut(Math.min(tornBytes, asked));
            tornBytes = -1;
        }
        long at = Math.max(0, offset + misdirectedBytes);
        misdirectedBytes = 0;
        if (at + from.lengthBytes() > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) (at + from.lengthBytes()));
            handles.get(handle).bytes = bytes;
        }
        from.gather(MemorySegment.ofArray(bytes).asSlice(at, from.lengthBytes()));
        return asked;
    }

    @Override
    public synchronized int truncate(int handle, long lengthBytes) {
        SimFile file = handles.get(handle);
        file.bytes = Arrays.copyOf(file.bytes, (int) lengthBytes);
        return 0;
    }

    @Override
    public synchronized int close(int handle) {
        if (handles.set(handle, null) == null) {
            throw new IllegalStateException("closed twice: handle=" + handle);
        }
        return 0;
    }

    /** Files that somebody has open. */
    synchronized long openCount() {
        return handles.stream().filter(Objects::nonNull).count();
    }

    @Override
    public synchronized int delete(Path file) {
        files.remove(file);
        return 0;
    }

    synchronized byte[] bytes(Path file) {
        return files.get(file).bytes;
    }

    synchronized void bytes(Path file, byte[] value) {
        files.computeIfAbsent(file, _ -> new SimFile()).bytes = value;
    }

    synchronized List<Path> logs() {
        return files.keySet().stream().filter(each -> each.toString().endsWith(".log")).toList();
    }

    private synchronized void unclaim(Path directory) {
        claimed.remove(directory);
    }

    private long takenBytes() {
        return files.values().stream().mapToLong(each -> each.bytes.length).sum();
    }

    private int handleOf(SimFile file) {
        handles.add(file);
        return handles.size() - 1;
    }
}
