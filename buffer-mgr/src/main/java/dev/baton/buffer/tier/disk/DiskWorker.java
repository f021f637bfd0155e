package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.IoThread;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Posix;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;

/**
 * Does I/O for one directory: takes a job from the first of its queues that has one, does it however long that takes,
 * and hands it back. A job that throws fails alone.
 */
final class DiskWorker implements IoThread.Worker {
    static final String QUARANTINE = "quarantine";
    private static final int QUARANTINED_FILES_MAX = 16;
    private static final long QUARANTINED_BYTES_MAX = 64L << 20;

    private final String roleName;
    private final DiskIo io;
    private final List<Queue<DiskJob>> queues;
    private final Queue<DiskJob> done;
    private final RecordIo records;
    private final RecordScan scan;
    /** In the device's hands; null while there is none. */
    private DiskJob begun;
    /** Nobody wanted it any more when it was begun. */
    private boolean isBegunInVain;

    /** @param queues most urgent first */
    DiskWorker(String roleName, DiskIo io, Copier copier, MemoryLedger ledger, List<Queue<DiskJob>> queues,
        Queue<DiskJob> done) {
        this.roleName = roleName;
        this.io = io;
        this.queues = queues;
        this.done = done;
        records = new RecordIo(io, copier, ledger);
        scan = new RecordScan(io, copier, ledger);
    }

    @Override
    public int doWork() {
        if (!begin()) {
            return 0;
        }
        DiskJob job = begun;
        begun = null;
        job.result = isBegunInVain ? RecordIo.CANCELLED : perform(job);
        if (!done.offer(job)) {
            throw new IllegalStateException("queue of what is done holds every job there is, and is full");
        }
        return 1;
    }

    /** Takes the next job, unless it has one. From now on that is done, whoever wants it no more. False if there is none. */
    boolean begin() {
        for (int i = 0; begun == null && i < queues.size(); i++) {
            begun = queues.get(i).poll();
            isBegunInVain = begun != null && begun.isCancelled;
        }
        return begun != null;
    }

    /** What was begun and is never done, or null: for who ends this worker between the two. */
    DiskJob begunOrNull() {
        return begun;
    }

    @Override
    public boolean hasWork() {
        for (int i = 0; i < queues.size(); i++) {
            if (!queues.get(i).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void onClose() {
        records.close();
        scan.close();
    }

    @Override
    public String roleName() {
        return roleName;
    }

    private int perform(DiskJob job) {
        try {
            return switch (job.kind) {
                case WRITE -> records.write(job);
                case READ -> records.read(job);
                case COPY -> records.copy(job);
                case SCAN -> scan(job);
                case MAKE -> make(job);
                case MOVE -> records.move(job);
                case QUARANTINE -> quarantine(job);
                case REMOVE -> remove(job);
                case PROBE -> probe(job);
            };
        } catch (RuntimeException ex) {
            System.getLogger(DiskWorker.class.getName()).log(System.Logger.Level.WARNING,
                "disk tier: a job failed: kind=" + job.kind + " path=" + job.path, ex);
            return -Posix.EIO;
        }
    }

    private int scan(DiskJob job) {
        if (job.handle < 0) {
            job.handle = io.open(job.path);
            if (job.handle < 0) {
                return job.handle;
            }
        }
        int result = scan.scan(job);
        if (result == RecordIo.OK && job.page.isDone && job.page.endPosition < job.lengthBytes) {
            // Nothing is behind the last record: the space is better used by other files.
            io.truncate(job.handle, job.page.endPosition);
        }
        return result;
    }

    private int make(DiskJob job) {
        job.handle = io.create(job.path, job.lengthBytes);
        if (job.handle < 0) {
            return job.handle;
        }
        int result = records.writeFileHead(job.handle, job.sequence, job.salt);
        if (result != RecordIo.OK) {
            io.close(job.handle);
            io.delete(job.path);
            job.handle = -1;
        }
        return result;
    }

    private int remove(DiskJob job) {
        int result = io.delete(job.path);
        if (job.handle >= 0) {
            io.close(job.handle);
        }
        return result;
    }

    private int probe(DiskJob job) {
        io.delete(job.path);
        int handle = io.create(job.path, RecordFormat.BLOCK_BYTES);
        if (handle < 0) {
            return handle;
        }
        int result = records.probe(handle, job.salt);
        io.close(handle);
        int deleted = io.delete(job.path);
        return result != RecordIo.OK ? result : deleted;
    }

    /** Keeps what a bad record holds, for a person to look at; the oldest goes when there are too many. */
    private int quarantine(DiskJob job) {
        Path folder = job.path.getParent();
        List<DiskIo.Listed> oldestFirst = io.list(folder);
        for (int i = 0; i <= oldestFirst.size() - QUARANTINED_FILES_MAX; i++) {
            io.delete(folder.resolve(oldestFirst.get(i).name()));
        }
        long keptBytes = Math.min(QUARANTINED_BYTES_MAX, RecordFormat.recordBytes(job.lengthBytes));
        io.delete(job.path);
        int target = io.create(job.path, keptBytes);
        if (target < 0) {
            return target;
        }
        int result = records.copyRaw(job.handle, job.position, target, keptBytes);
        io.close(target);
        return result;
    }
}
