package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.Circuit;
import dev.baton.buffer.tier.IoThread;
import dev.baton.buffer.tier.log.LogFile;
import dev.baton.buffer.tier.log.LogLedger;
import dev.baton.buffer.tier.log.RecordFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/**
 * One directory: its lock, its log, its circuit, its queues and the threads that do its I/O. Loads have threads and a
 * queue of their own, so that they never wait behind stores. The store's thread makes all calls.
 */
final class DiskDevice {
    /** Jobs that keep house, beside loads and stores: making, removing, scanning, moving, probing, keeping what is bad. */
    static final int HOUSE_JOBS = 8;


    private static final int CLOSE_PATIENCE_MS = 5000;

    final int number;
    final Path directory;
    final Circuit circuit = new Circuit();
    final LogLedger files;
    /** Those of an earlier process, by which the scan goes, newest first. */
    final List<LogFile> adopted = new ArrayList<>();
    long adoptedBytes;
    int storesInFlight;
    /** Where an earlier process may have been writing when it ended. */
    private LogFile lastAdopted;

    private final DiskContext context;
    private final DiskIo.Claim claim;
    private final Queue<DiskJob> loads;
    private final Queue<DiskJob> later;
    private final Queue<DiskJob> house;
    private final Queue<DiskJob> stores;
    private final List<DiskWorker> workers = new ArrayList<>();
    private final List<IoThread> readers = new ArrayList<>();
    private final List<IoThread> writers = new ArrayList<>();
    private int inFlight;
    private long progressNs;
    private DiskJob batch;
    private DiskJob batchLast;
    private long batchBytes;

    /**
     * Locks the directory, notes what lies in it and starts the threads.
     * @throws IllegalStateException if another process uses the directory
     */
    DiskDevice(int number, DiskContext context, int jobsMax, Queue<DiskJob> done) {
        this.number = number;
        this.context = context;
        directory = context.directories().get(number).toAbsolutePath();
        claim = context.io().claim(directory);
        files = new LogLedger(number, context.spaceBytesMax(), context.fileBytes());
        adopt();
        loads = new ManyToManyConcurrentArrayQueue<>(jobsMax);
        later = new ManyToManyConcurrentArrayQueue<>(jobsMax);
        house = new ManyToManyConcurrentArrayQueue<>(jobsMax);
        stores = new ManyToManyConcurrentArrayQueue<>(jobsMax);
        for (int i = 0; i < context.readers(); i++) {
            workers.add(worker("tier-read-" + number + "-" + i, List.of(loads, later), done));
        }
        for (int i = 0; i < context.writers(); i++) {
            workers.add(worker("tier-write-" + number + "-" + i, List.of(house, stores), done));
        }
        if (!context.isStepped()) {
            for (int i = 0; i < workers.size(); i++) {
                (i < context.readers() ? readers : writers).add(new IoThread(workers.get(i)));
            }
        }
    }

    /** The healthy one with the fewest stores under way; of equals, each in turn, from that one on. Null if none is healthy. */
    static DiskDevice writableOrNull(List<DiskDevice> devices, int first) {
        DiskDevice best = null;
        for (int i = 0; i < devices.size(); i++) {
            DiskDevice device = devices.get((first + i) % devices.size());
            if (device.circuit.mayWrite() && (best == null || device.storesInFlight < best.storesInFlight)) {
                best = device;
            }
        }
        return best;
    }

    LogFile lastAdopted() {
        return lastAdopted;
    }

    Path path(LogFile file) {
        return directory.resolve(LogName.of(file.sequence));
    }

    Path quarantinePath(LogFile file, long position) {
        return directory.resolve(DiskWorker.QUARANTINE)
            .resolve(String.format(Locale.ROOT, "%016x-%012x.bad", file.sequence, position));
    }

    Path probePath() {
        return directory.resolve("probe");
    }

    /** Hands a job to the threads. */
    void submit(DiskJob job, long nowNs) {
        job.device = number;
        if (inFlight++ == 0) {
            progressNs = nowNs;
        }
        boolean isRead = job.kind == DiskJob.Kind.READ || job.kind == DiskJob.Kind.COPY || job.kind == DiskJob.Kind.SCAN;
        Queue<DiskJob> queue = switch (job.kind) {
            case READ -> job.isAhead ? later : loads;
            case COPY -> loads;
            case SCAN -> later;
            case WRITE -> stores;
            case MAKE, MOVE, QUARANTINE, REMOVE, PROBE -> house;
        };
        if (!queue.offer(job)) {
            throw new IllegalStateException("queue holds every job there is, and is full: kind=" + job.kind);
        }
        List<IoThread> threads = isRead ? readers : writers;
        for (int i = 0; i < threads.size() && !threads.get(i).wake(); i++) {
            // The first that slept takes it; where none slept, one will look by itself.
        }
    }

    /** Adds a small record to those that go by one write, or begins anew with it. */
    void batch(DiskJob job, long nowNs) {
        long recordBytes = RecordFormat.recordBytes(job.lengthBytes);
        boolean isNext = batch != null && batchLast.file == job.file && batchBytes + recordBytes <= RecordIo.CHUNK_BYTES &&
            batch.position + batchBytes == job.position;
        if (!isNext) {
            flush(nowNs);
            batch = job;
            batchBytes = 0;
        } else {
            batchLast.nextInBatch = job;
        }
        batchLast = job;
        batchBytes += recordBytes;
    }

    /** Sends what was collected. */
    void flush(long nowNs) {
        if (batch != null) {
            DiskJob first = batch;
            batch = null;
            batchLast = null;
            submit(first, nowNs);
        }
    }

    /** A job came back. */
    void returned(long nowNs) {
        inFlight--;
        progressNs = nowNs;
    }

    /** Tells the circuit whether the device does nothing though it has work. */
    void watch(long nowNs) {
        circuit.hung(inFlight > 0 && nowNs - progressNs > context.hungAfterNs());
    }

    int stepIo() {
        int workCount = 0;
        for (int i = 0; i < workers.size(); i++) {
            workCount += workers.get(i).doWork();
        }
        return workCount;
    }

    int beginIo() {
        int begun = 0;
        for (int i = 0; i < workers.size(); i++) {
            begun += workers.get(i).begin() ? 1 : 0;
        }
        return begun;
    }

    /** Ends the threads and closes the files, unless a thread hangs in one: whether all have ended. */
    boolean close() {
        boolean isEnded = true;
        for (List<IoThread> threads : List.of(readers, writers)) {
            for (int i = 0; i < threads.size(); i++) {
                isEnded &= threads.get(i).close(isEnded ? CLOSE_PATIENCE_MS : CLOSE_PATIENCE_MS / 10);
            }
        }
        if (context.isStepped()) {
            workers.forEach(DiskWorker::onClose);
        }
        if (isEnded) {
            for (int i = 0; i < files.fileCount(); i++) {
                if (files.file(i).handle >= 0) {
                    context.io().close(files.file(i).handle);
                }
            }
            closeUndone();
            claim.close();
        }
        return isEnded;
    }

    /** A job that was done and never looked at may have a file that no ledger knows: made, or opened to be scanned. */
    void closeUnseen(DiskJob job) {
        boolean isMade = job.kind == DiskJob.Kind.MAKE;
        boolean isOpened = job.kind == DiskJob.Kind.SCAN && job.handle != job.file.handle;
        if ((isMade || isOpened) && job.handle >= 0) {
            context.io().close(job.handle);
        }
    }

    /** No thread comes for these any more: only a file that was to be removed is in no ledger, and open. */
    private void closeUndone() {
        for (DiskJob job = house.poll(); job != null; job = house.poll()) {
            closeUndone(job);
        }
        for (int i = 0; i < workers.size(); i++) {
            if (workers.get(i).begunOrNull() != null) {
                closeUndone(workers.get(i).begunOrNull());
            }
        }
    }

    private void closeUndone(DiskJob job) {
        if (job.kind == DiskJob.Kind.REMOVE && job.handle >= 0) {
            context.io().close(job.handle);
        }
    }

    private DiskWorker worker(String name, List<Queue<DiskJob>> queues, Queue<DiskJob> done) {
        return new DiskWorker(name, context.io(), context.copier(), context.ledger(), queues, done);
    }

    /** Only names of our own are touched, whatever else lies there. */
    private void adopt() {
        for (DiskIo.Listed listed : context.io().list(directory)) {
            if (LogName.isOne(listed.name())) {
                lastAdopted = files.adopt(LogName.sequence(listed.name()), listed.lengthBytes());
                adopted.addFirst(lastAdopted);
                adoptedBytes += listed.lengthBytes();
            }
        }
    }
}
