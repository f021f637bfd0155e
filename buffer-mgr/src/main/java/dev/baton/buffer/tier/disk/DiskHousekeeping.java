package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.log.LogFile;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.buffer.tier.log.RecordIndex;
import dev.baton.platform.Posix;

/**
 * What keeps one directory's log going beside loads and stores: a spare file ready, the index filled after a start, the
 * least worthy file removed when there is no more room, its blocks that were loaded moved first, and a sick device
 * probed. At most one job of a kind is under way. The store's thread.
 */
final class DiskHousekeeping {
    private static final int REMOVED_PER_CYCLE_MAX = 1024;
    /** Of a file that goes, this part of a whole one may be kept by moving it. */
    private static final int MOVED_SHARE = 4;
    private static final int QUARANTINING_MAX = 3;

    private final DiskDevice device;
    private final DiskContext context;
    private final DiskJobs jobs;
    private final RecordIndex index;
    private final DiskCounters counters;
    private final ScanPage page = new ScanPage();
    private boolean isMaking;
    private boolean isScanning;
    private boolean isProbing;
    private boolean isRemoving;
    private boolean isMoving;
    private boolean isRoomForced;
    private long scannedBytes;
    private int quarantining;
    private LogFile victim;
    private LogFile dying;
    private int moveCursor = RecordIndex.NONE;
    private long moveBytesLeft;

    DiskHousekeeping(DiskDevice device, DiskContext context, DiskJobs jobs, RecordIndex index, DiskCounters counters) {
        this.device = device;
        this.context = context;
        this.jobs = jobs;
        this.index = index;
        this.counters = counters;
    }

    /** Of what was found at the start, how much is indexed; 1,000 when all is. */
    int scannedPermille() {
        return device.adopted.isEmpty() ? 1000 : (int) (1000 * scannedBytes / Math.max(1, device.adoptedBytes));
    }

    int doWork(long nowNs) {
        device.watch(nowNs);
        device.flush(nowNs);
        int workCount = 0;
        if (device.circuit.isProbeDue(nowNs) && !isProbing) {
            workCount += probe(nowNs);
        }
        if (device.circuit.mayRead() && !isScanning && !device.adopted.isEmpty()) {
            workCount += scan(nowNs);
        }
        if (device.circuit.mayWrite() && !isMaking && device.files.isSpareWanted()) {
            workCount += make(nowNs);
        }
        if (victim == null && dying == null && (device.files.isRoomWanted() || index.isFull() || isRoomForced)) {
            workCount += chooseVictim();
        }
        if (victim != null && !isMoving) {
            workCount += moveOrLetGo(nowNs);
        }
        if (dying != null && !isRemoving) {
            workCount += remove(nowNs);
        }
        return workCount;
    }

    /** One of this object's jobs came back. */
    void onDone(DiskJob job, long nowNs) {
        switch (job.kind) {
            case MAKE -> onMade(job, nowNs);
            case SCAN -> onScanned(job, nowNs);
            case MOVE -> onMoved(job, nowNs);
            case REMOVE -> onRemoved(job);
            case PROBE -> {
                isProbing = false;
                device.circuit.onProbed(job.result == RecordIo.OK, job.result == -Posix.ENOSPC, nowNs);
            }
            case QUARANTINE -> {
                quarantining--;
                job.file.inFlight--;
            }
            case READ, COPY, WRITE -> throw new IllegalStateException("no job of housekeeping: kind=" + job.kind);
        }
    }

    /** Keeps a bad record's bytes for a person, if there is a job to spare. */
    void quarantine(LogFile file, long position, long lengthBytes, long nowNs) {
        boolean mayKeep = device.circuit.mayWrite() && quarantining < QUARANTINING_MAX;
        DiskJob job = mayKeep ? jobs.takeOrNull(DiskJob.Kind.QUARANTINE) : null;
        if (job != null) {
            job.file = file;
            job.handle = file.handle;
            job.path = device.quarantinePath(file, position);
            job.position = position;
            job.lengthBytes = lengthBytes;
            file.inFlight++;
            quarantining++;
            counters.quarantined++;
            device.submit(job, nowNs);
        }
    }

    private int probe(long nowNs) {
        DiskJob job = jobs.takeOrNull(DiskJob.Kind.PROBE);
        if (job == null) {
            return 0;
        }
        isProbing = true;
        device.circuit.probing(nowNs);
        job.path = device.probePath();
        job.salt = context.salts().getAsLong();
        device.submit(job, nowNs);
        return 1;
    }

    private int make(long nowNs) {
        DiskJob job = jobs.takeOrNull(DiskJob.Kind.MAKE);
        if (job == null) {
            return 0;
        }
        isMaking = true;
        job.file = device.files.make(context.salts().getAsLong());
        job.path = device.path(job.file);
        job.sequence = job.file.sequence;
        job.salt = job.file.salt;
        job.lengthBytes = job.file.lengthBytes();
        device.submit(job, nowNs);
        return 1;
    }

    private void onMade(DiskJob job, long nowNs) {
        isMaking = false;
        if (job.result == RecordIo.OK) {
            device.files.made(job.file, job.handle);
        } else {
            device.files.notMade(job.file);
            isRoomForced |= job.result == -Posix.ENOSPC;
            device.circuit.onWriteFailed(nowNs);
        }
    }

    private int scan(long nowNs) {
        LogFile file = device.adopted.getFirst();
        if (file.state() != LogFile.State.SCANNING) {
            // It had to go before its turn came.
            doneScanning(file);
            return 1;
        }
        DiskJob job = jobs.takeOrNull(DiskJob.Kind.SCAN);
        if (job == null) {
            return 0;
        }
        isScanning = true;
        file.inFlight++;
        job.file = file;
        job.handle = file.handle;
        job.path = device.path(file);
        job.sequence = file.sequence;
        job.position = file.handle < 0 ? 0 : file.endBytes;
        job.lengthBytes = file.lengthBytes();
        job.page = page;
        page.isLastFile = file == device.lastAdopted();
        device.submit(job, nowNs);
        return 1;
    }

    private void onScanned(DiskJob job, long nowNs) {
        LogFile file = job.file;
        isScanning = false;
        file.inFlight--;
        file.handle = job.handle;
        if (job.result != RecordIo.OK) {
            counters.corrupt += job.result == RecordIo.CORRUPT ? 1 : 0;
            doneScanning(file);
            if (job.result < 0) {
                device.circuit.onStrike(nowNs);
            }
            letGo(file);
            return;
        }
        file.salt = page.salt;
        file.endBytes = page.nextPosition;
        counters.corrupt += page.isLastFile ? 0 : page.badCount;
        long timeMs = context.timeToLive().nowMs().getAsLong();
        for (int i = 0; i < page.count; i++) {
            int nameOffset = i * BlockName.LENGTH_BYTES;
            // Newer files come first, and stores of this process before all: what is there already is the newer one.
            if (context.timeToLive().isOver(page.storedMs[i], timeMs)) {
                counters.expired++;
            } else if (!index.isFull() && index.find(page.names, nameOffset) == RecordIndex.NONE) {
                index.ready(index.add(page.names, nameOffset, file, page.positions[i], page.lengths[i], page.storedMs[i]));
            }
        }
        if (page.isDone) {
            doneScanning(file);
            device.files.scanned(file, page.endPosition);
            if (file.firstEntry() == RecordIndex.NONE) {
                letGo(file);
            }
        }
    }

    private void doneScanning(LogFile file) {
        scannedBytes += file.lengthBytes();
        device.adopted.removeFirst();
    }

    private int chooseVictim() {
        LogFile chosen = device.files.victimOrNull();
        if (chosen == null) {
            return 0;
        }
        isRoomForced = false;
        victim = chosen;
        moveCursor = chosen.firstEntry();
        moveBytesLeft = device.circuit.mayWrite() ? context.fileBytes() / MOVED_SHARE : 0;
        return 1;
    }

    /** Moves the next block of the victim that was loaded since it came there; when there is none, the victim goes. */
    private int moveOrLetGo(long nowNs) {
        int looked = 0;
        while (isInVictim(moveCursor) && moveBytesLeft > 0 && looked++ < REMOVED_PER_CYCLE_MAX) {
            int entry = moveCursor;
            moveCursor = index.nextInFile(entry);
            if (index.isReady(entry) && index.touches(entry) > 0 && isMoved(entry, nowNs)) {
                return 1;
            }
        }
        if (looked < REMOVED_PER_CYCLE_MAX && victim.inFlight == 0) {
            letGo(victim);
            victim = null;
        }
        return 1;
    }

    private boolean isInVictim(int entry) {
        return entry != RecordIndex.NONE && index.file(entry) == victim;
    }

    private boolean isMoved(int entry, long nowNs) {
        long lengthBytes = index.lengthBytes(entry);
        long recordBytes = RecordFormat.recordBytes(lengthBytes);
        LogFile target = recordBytes <= moveBytesLeft ? device.files.roomOrNull(recordBytes) : null;
        DiskJob job = target == null ? null : jobs.takeOrNull(DiskJob.Kind.MOVE);
        if (job == null) {
            return false;
        }
        moveBytesLeft -= recordBytes;
        isMoving = true;
        job.file = victim;
        job.moveTo = target;
        job.entry = entry;
        job.handle = victim.handle;
        job.salt = victim.salt;
        job.position = index.position(entry);
        job.lengthBytes = lengthBytes;
        job.targetHandle = target.handle;
        job.targetSalt = target.salt;
        job.targetPosition = target.endBytes;
        index.name(entry, job.name, 0);
        target.endBytes += recordBytes;
        target.inFlight++;
        victim.inFlight++;
        device.submit(job, nowNs);
        return true;
    }

    private void onMoved(DiskJob job, long nowNs) {
        isMoving = false;
        job.file.inFlight--;
        job.moveTo.inFlight--;
        boolean isStillThere = index.isAt(job.entry, job.file, job.position);
        if (job.result == RecordIo.OK && isStillThere) {
            index.move(job.entry, job.moveTo, job.targetPosition);
            counters.blocksMoved++;
        } else if (job.result == RecordIo.CORRUPT) {
            counters.corrupt++;
            device.circuit.onStrike(nowNs);
            quarantine(job.file, job.position, job.lengthBytes, nowNs);
        } else if (job.result < 0) {
            device.files.seal(job.moveTo);
            device.circuit.onWriteFailed(nowNs);
        }
    }

    /** Files go in which nothing can be found any more, for all was too old. */
    int letEmptyGo() {
        int count = 0;
        for (int i = 0; i < device.files.fileCount(); i++) {
            LogFile file = device.files.file(i);
            boolean isEmpty = file.state() == LogFile.State.SEALED && file.firstEntry() == RecordIndex.NONE && file.inFlight == 0;
            if (isEmpty && file != victim) {   // which goes anyway
                letGo(file);
                count++;
            }
        }
        return count;
    }

    private void letGo(LogFile file) {
        device.files.dying(file);
        if (dying == null) {
            dying = file;
        }
    }

    private int remove(long nowNs) {
        for (int i = 0; i < REMOVED_PER_CYCLE_MAX && dying.firstEntry() != RecordIndex.NONE; i++) {
            index.remove(dying.firstEntry());
            counters.blocksEvicted++;
        }
        DiskJob job = dying.firstEntry() != RecordIndex.NONE || dying.inFlight > 0 ? null : jobs.takeOrNull(DiskJob.Kind.REMOVE);
        if (job == null) {
            return dying.firstEntry() != RecordIndex.NONE ? 1 : 0;
        }
        isRemoving = true;
        job.file = dying;
        job.handle = dying.handle;
        job.path = device.path(dying);
        dying.handle = -1;
        device.submit(job, nowNs);
        return 1;
    }

    private void onRemoved(DiskJob job) {
        isRemoving = false;
        counters.filesRemoved++;
        device.files.gone(job.file);
        dying = device.files.dyingOrNull();
    }
}
