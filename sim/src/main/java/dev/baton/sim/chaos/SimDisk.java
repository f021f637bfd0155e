package dev.baton.sim.chaos;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.baton.buffer.tier.disk.DiskIo;
import dev.baton.memory.FileVector;
import dev.baton.platform.Posix;
import dev.baton.sim.time.Chance;

/**
 * The disk of one receiver: files in the heap, which outlive its processes. What a seed says of it goes wrong: writes that
 * reach it in part, not at all, or elsewhere though it says that all is well; bits that rot; no room; errors.
 */
final class SimDisk implements DiskIo {
    private static final class SimFile {
        byte[] bytes;
    }

    private static final int NO_SUCH_FILE = -2;
    private static final int FILE_EXISTS = -17;
    private static final int BLOCK_BYTES = 4096;
    /** A write that goes elsewhere goes by so many times what a record of a few KiB takes. */
    private static final int RECORDS_AWAY_MAX = 3;

    private final Cluster cluster;
    private final Chance chance;
    private final TreeMap<Path, SimFile> files = new TreeMap<>();
    private final List<SimFile> handles = new ArrayList<>();
    private boolean isClaimed;
    private boolean isFull;
    private boolean isFailing;
    /** Of the next write, which a crash cuts short: so much; below 0 for all of it. */
    private long cutBytes = -1;

    SimDisk(Cluster cluster, int node) {
        this.cluster = cluster;
        chance = Chance.of(cluster.plan().seed, "disk" + node);
    }

    /** It takes nothing more. */
    void full(boolean value) {
        isFull = value;
    }

    /** It answers everything with an error. */
    void failing(boolean value) {
        isFailing = value;
    }

    /** The process dies while it writes: the next write reaches the disk in part. */
    void cutNext() {
        cutBytes = chance.below(5 * BLOCK_BYTES);
    }

    /** The process has died. */
    void afterCrash() {
        cutBytes = -1;
    }

    @Override
    public Claim claim(Path directory) {
        if (isClaimed) {
            throw new IllegalStateException("two processes at one directory: directory=" + directory);
        }
        isClaimed = true;
        return () -> isClaimed = false;
    }

    @Override
    public List<Listed> list(Path directory) {
        List<Listed> listed = new ArrayList<>();
        for (Map.Entry<Path, SimFile> file : files.entrySet()) {
            if (file.getKey().getParent().equals(directory)) {
                listed.add(new Listed(file.getKey().getFileName().toString(), file.getValue().bytes.length));
            }
        }
        return listed;
    }

    @Override
    public int create(Path file, long lengthBytes) {
        if (isFailing || isFull) {
            return refusal();
        }
        if (files.containsKey(file)) {
            return FILE_EXISTS;
        }
        SimFile made = new SimFile();
        made.bytes = new byte[(int) lengthBytes];
        files.put(file, made);
        return handleOf(made);
    }

    @Override
    public int open(Path file) {
        SimFile found = files.get(file);
        return isFailing ? refusal() : found == null ? NO_SUCH_FILE : handleOf(found);
    }

    @Override
    public long read(int handle, FileVector into, long offset) {
        if (isFailing) {
            return refusal();
        }
        byte[] bytes = handles.get(handle).bytes;
        long count = Math.max(0, Math.min(into.lengthBytes(), bytes.length - offset));
        into.scatter(MemorySegment.ofArray(bytes).asSlice(Math.min(offset, bytes.length), count));
        return count;
    }

    @Override
    public long write(int handle, FileVector from, long offset) {
        byte[] bytes = handles.get(handle).bytes;
        long asked = from.lengthBytes();
        long at = offset;
        if (isFailing || isFull) {
            // Some of it may be there all the same.
            from.cut(chance.between(0, asked));
        } else if (cutBytes >= 0) {
            from.cut(Math.min(cutBytes, asked));
        } else if (happens(FaultKind.LOST_WRITE)) {
            return asked;
        } else if (happens(FaultKind.TORN_WRITE)) {
            from.cut(chance.between(0, asked));
        } else if (happens(FaultKind.MISDIRECTED_WRITE)) {
            long away = (1L + chance.below(RECORDS_AWAY_MAX)) * (2 + chance.below(2)) * BLOCK_BYTES;
            at = chance.below(2) == 0 || away > offset ? offset + away : offset - away;
        }
        from.cut(Math.min(from.lengthBytes(), Math.max(0, bytes.length - at)));
        long end = at + from.lengthBytes();
        if (end > at) {
            from.gather(MemorySegment.ofArray(bytes).asSlice(at, end - at));
            if (happens(FaultKind.ROTTEN_WRITE)) {
                bytes[(int) chance.between(0, end - 1)] ^= (byte) (1 << chance.below(8));
            }
        }
        return isFailing || isFull ? refusal() : asked;
    }

    private int refusal() {
        cluster.happened(isFailing ? FaultKind.DISK_ERRORS : FaultKind.DISK_FULL);
        return isFailing ? -Posix.EIO : -Posix.ENOSPC;
    }

    private boolean happens(FaultKind kind) {
        boolean isSo = !cluster.isHealed() && chance.happens(cluster.plan().diskRate(kind));
        if (isSo) {
            cluster.injected(kind);
        }
        return isSo;
    }

    @Override
    public int truncate(int handle, long lengthBytes) {
        SimFile file = handles.get(handle);
        file.bytes = Arrays.copyOf(file.bytes, (int) lengthBytes);
        return 0;
    }

    @Override
    public int close(int handle) {
        if (handles.set(handle, null) == null) {
            throw new IllegalStateException("closed twice: handle=" + handle);
        }
        return 0;
    }

    @Override
    public int delete(Path file) {
        files.remove(file);
        return 0;
    }

    private int handleOf(SimFile file) {
        handles.add(file);
        return handles.size() - 1;
    }
}
