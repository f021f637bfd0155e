package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.log.LogFile;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.buffer.tier.log.RecordIndex;
import dev.baton.platform.Canary;
import dev.baton.platform.Posix;
import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The disk tier: a log of files in each of its directories, and one index in memory of where each block lies. Appends
 * only; space comes back by whole files. Usable as soon as it is open: what an earlier process left is indexed in the
 * background, by {@link #poll}, and missed until then. Nothing is flushed: after a power cut a block is whole or missed.
 */
public final class DiskStore implements BlockStore {
    private static final int DONE_PER_POLL_MAX = 256;

    private final DiskContext context;
    private final List<DiskDevice> devices = new ArrayList<>();
    private final List<DiskHousekeeping> housekeeping = new ArrayList<>();
    private final RecordIndex index;
    private final DiskJobs jobs;
    private final ManyToOneConcurrentArrayQueue<DiskJob> done;
    private final Answers answers = new Answers();
    private final DiskCounters counters = new DiskCounters();
    private final ReadAhead readAhead;
    private final DiskExpiry expiry;
    private final long blockBytesMax;
    private int storesInFlight;
    private int nextDevice;
    private long nowNs;
    private boolean isClosed;

    private DiskStore(DiskContext context, long nowNs) {
        this.context = context;
        int directories = context.directories().size();
        int jobsMax = context.loadsMax() + context.storesMax() + context.readAheadSlots() +
            directories * DiskDevice.HOUSE_JOBS;
        index = new RecordIndex(context.entriesMax());
        jobs = new DiskJobs(jobsMax, context.loadsMax());
        done = new ManyToOneConcurrentArrayQueue<>(jobsMax);
        long roomBytes = context.fileBytes() - RecordFormat.BLOCK_BYTES;
        blockBytesMax = Math.min(RecordFormat.PAYLOAD_BYTES_MAX, roomBytes - 2L * RecordFormat.BLOCK_BYTES);
        for (int i = 0; i < directories; i++) {
            DiskDevice device = new DiskDevice(i, context, jobsMax, done);
            devices.add(device);
            housekeeping.add(new DiskHousekeeping(device, context, jobs, index, counters));
        }
        readAhead = new ReadAhead(context, devices, jobs, index);
        expiry = new DiskExpiry(context.timeToLive(), index, devices, counters, nowNs);
        this.nowNs = nowNs;
    }

    /**
     * Opens the tier.
     * @param nowNs on the clock of {@link #poll}
     * @throws IllegalStateException if another process uses one of its directories
     */
    public static DiskStore open(DiskContext context, long nowNs) {
        Require.that(Posix.availability().isPresent(), "system", Posix.availability().describe(), "one with Posix calls");
        return new DiskStore(context, nowNs);
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        Require.between("lengthBytes", lengthBytes, 1, blockBytesMax);
        int known = isClosed ? RecordIndex.NONE : index.find(name, nameOffset);
        if (known != RecordIndex.NONE && index.file(known).state() == LogFile.State.DYING) {
            index.remove(known);
        } else if (known != RecordIndex.NONE && expiry.find(name, nameOffset) != RecordIndex.NONE) {
            if (answers.isFull()) {
                return backPressured();
            }
            answers.present(tag);
            return ACCEPTED;
        }
        DiskDevice device = isClosed ? null : DiskDevice.writableOrNull(devices, nextDevice);
        if (device == null) {
            return OFF;
        }
        nextDevice = (device.number + 1) % devices.size();
        long recordBytes = RecordFormat.recordBytes(lengthBytes);
        boolean isRoom = storesInFlight < context.storesMax() && !index.isFull();
        LogFile file = isRoom ? device.files.roomOrNull(recordBytes) : null;
        if (file == null) {
            return backPressured();
        }
        DiskJob job = jobs.takeOrNull(DiskJob.Kind.WRITE);
        job.tag = tag;
        job.file = file;
        job.handle = file.handle;
        job.salt = file.salt;
        job.position = file.endBytes;
        job.address = address;
        job.lengthBytes = lengthBytes;
        job.name.putBytes(0, name, nameOffset, BlockName.LENGTH_BYTES);
        job.storedMs = expiry.nowMs();
        job.entry = index.add(name, nameOffset, file, job.position, (int) lengthBytes, job.storedMs);
        file.endBytes += recordBytes;
        file.inFlight++;
        storesInFlight++;
        device.storesInFlight++;
        if (recordBytes <= RecordIo.CHUNK_BYTES / 2) {
            device.batch(job, nowNs);
        } else {
            device.flush(nowNs);
            device.submit(job, nowNs);
        }
        return ACCEPTED;
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        if (isClosed) {
            return OFF;
        }
        if (answers.isFull()) {
            return backPressured();
        }
        int entry = expiry.findReadable(name, nameOffset);
        answers.found(tag, entry == RecordIndex.NONE ? -1 : index.lengthBytes(entry));
        return ACCEPTED;
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        if (isClosed) {
            return OFF;
        }
        if (answers.isFull() || jobs.loadCount() == context.loadsMax()) {
            return backPressured();
        }
        int entry = expiry.findReadable(name, nameOffset);
        if (entry == RecordIndex.NONE || index.lengthBytes(entry) > capacityBytes) {
            counters.misses++;
            answers.missed(tag);
            return ACCEPTED;
        }
        LogFile file = index.file(entry);
        DiskJob job = jobs.takeOrNull(DiskJob.Kind.READ);
        job.tag = tag;
        job.file = file;
        job.entry = entry;
        job.deadlineNs = deadlineNs;
        job.handle = file.handle;
        job.salt = file.salt;
        job.position = index.position(entry);
        job.address = address;
        job.lengthBytes = index.lengthBytes(entry);
        job.name.putBytes(0, name, nameOffset, BlockName.LENGTH_BYTES);
        file.inFlight++;
        jobs.addLoad(job);
        if (!readAhead.isServing(job, nowNs)) {
            devices.get(file.device).submit(job, nowNs);
        }
        return ACCEPTED;
    }

    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {
        if (!isClosed) {
            readAhead.plan(names, namesOffset, count);
        }
    }

    @Override
    public int poll(long timeNs, BlockStoreListener listener, int limit) {
        nowNs = timeNs;
        if (isClosed) {
            return 0;
        }
        int workCount = 0;
        DiskJob job;
        for (int i = 0; i < DONE_PER_POLL_MAX && workCount < limit && (job = done.poll()) != null; i++) {
            device(job).returned(timeNs);
            switch (job.kind) {
                case READ -> {
                    if (job.isAhead) {
                        onReadAhead(job, listener);
                    } else {
                        onRead(job, listener);
                    }
                }
                case COPY -> {
                    readAhead.onCopied(job);
                    counters.readAheadHits += job.result == RecordIo.OK ? 1 : 0;
                    onRead(job, listener);
                }
                case WRITE -> onWritten(job, listener);
                case MAKE, SCAN, MOVE, REMOVE, PROBE, QUARANTINE -> {
                    housekeeping.get(device(job).number).onDone(job, timeNs);
                    jobs.giveBack(job);
                }
            }
            workCount++;
        }
        // Behind what I/O has done, of which there is only so much: a flood of lookups must not make loads late.
        workCount += answers.tell(listener, limit - workCount);
        workCount += tellLate(listener) + readAhead.doWork(timeNs);
        boolean isPassOver = expiry.isPassOver(timeNs);
        for (int i = 0; i < housekeeping.size(); i++) {
            workCount += (isPassOver ? housekeeping.get(i).letEmptyGo() : 0) + housekeeping.get(i).doWork(timeNs);
        }
        return workCount;
    }

    /**
     * Lets each worker without a job take one, which its next {@link #stepIo} then does: a device has it meanwhile, for as long as
     * the caller likes, and does it even if nobody wants it any more. For a store that was made to be stepped.
     * @return workers that have a job now
     */
    public int beginIo() {
        Require.that(context.isStepped(), "isStepped", false, "true to be stepped by hand");
        int begun = 0;
        for (int i = 0; i < devices.size(); i++) {
            begun += devices.get(i).beginIo();
        }
        return begun;
    }

    /** One round of I/O on the calling thread, for a store that was made to be stepped. */
    public int stepIo() {
        Require.that(context.isStepped(), "isStepped", false, "true to be stepped by hand");
        int workCount = 0;
        for (int i = 0; i < devices.size(); i++) {
            workCount += devices.get(i).stepIo();
        }
        return workCount;
    }

    @Override
    public long blockBytesMax() {
        return blockBytesMax;
    }

    @Override
    public BlockStoreStats stats() {
        long spaceBytes = 0;
        long opened = 0;
        int permille = 1000;
        CircuitState worst = CircuitState.WORKING;
        for (int i = 0; i < devices.size(); i++) {
            DiskDevice device = devices.get(i);
            spaceBytes += device.files.spaceBytes();
            opened += device.circuit.openedCount();
            permille = Math.min(permille, housekeeping.get(i).scannedPermille());
            worst = device.circuit.state().compareTo(worst) > 0 ? device.circuit.state() : worst;
        }
        return new BlockStoreStats(index.readyCount(), index.readyBytes(), spaceBytes,
            context.spaceBytesMax() * devices.size(), permille, worst, jobs.loadCount(), storesInFlight, counters.hits,
            counters.misses, counters.corrupt, counters.failed, counters.late, counters.stored, counters.storedBytes,
            counters.loadedBytes, counters.storesFailed, counters.backPressured, counters.readAheadHits,
            counters.filesRemoved, counters.blocksEvicted, counters.blocksMoved, counters.quarantined, opened, counters.expired,
            context.timeToLive().ms());
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            boolean isEnded = true;
            for (DiskDevice device : devices) {
                isEnded &= device.close();
            }
            for (DiskJob job = done.poll(); job != null; job = done.poll()) {
                devices.get(job.device).closeUnseen(job);
            }
            if (isEnded) {
                readAhead.close();
            }
        }
    }

    private void onRead(DiskJob job, BlockStoreListener listener) {
        job.file.inFlight--;
        jobs.removeLoad(job);
        boolean isBad = job.result == RecordIo.CORRUPT || job.result < 0;
        if (isBad) {
            onBadRead(job);
        }
        if (!job.isAnswered) {
            if (job.result == RecordIo.OK) {
                counters.hits++;
                counters.loadedBytes += job.lengthBytes;
                if (index.isAt(job.entry, job.file, job.position)) {
                    index.touch(job.entry);
                    job.file.heatBytes += job.lengthBytes;
                }
                listener.onLoaded(job.tag, LoadResult.HIT, job.lengthBytes);
            } else {
                listener.onLoaded(job.tag, job.result == RecordIo.CORRUPT ? LoadResult.CORRUPT : LoadResult.FAILED, 0);
            }
        }
        long tag = job.tag;
        boolean isHeld = !job.isAnswered || !Canary.LATE_TIER_WRITE.isActive();
        jobs.giveBack(job);
        if (isHeld) {
            listener.onReleased(tag);
        }
    }

    private void onReadAhead(DiskJob job, BlockStoreListener listener) {
        job.file.inFlight--;
        DiskJob waiting = readAhead.onRead(job, nowNs);
        if (waiting != null) {
            onRead(waiting, listener);
        } else if (job.result == RecordIo.CORRUPT || job.result < 0) {
            onBadRead(job);
        }
        jobs.giveBack(job);
    }

    /** A block that could not be read rightly once is not offered again. */
    private void onBadRead(DiskJob job) {
        boolean isCorrupt = job.result == RecordIo.CORRUPT;
        counters.corrupt += isCorrupt ? 1 : 0;
        counters.failed += isCorrupt ? 0 : 1;
        devices.get(job.file.device).circuit.onStrike(nowNs);
        if (index.isAt(job.entry, job.file, job.position)) {
            index.remove(job.entry);
            if (isCorrupt) {
                housekeeping.get(job.file.device).quarantine(job.file, job.position, job.lengthBytes, nowNs);
            }
        }
    }

    /** Of a whole batch: its records went by one write and share its fate. */
    private void onWritten(DiskJob first, BlockStoreListener listener) {
        DiskDevice device = devices.get(first.file.device);
        boolean isStored = first.result == RecordIo.OK;
        if (!isStored) {
            // What a failed write left behind nobody knows: nothing is appended to that file again.
            device.files.seal(first.file);
            device.circuit.onWriteFailed(nowNs);
        }
        DiskJob next;
        for (DiskJob job = first; job != null; job = next) {
            next = job.nextInBatch;
            job.file.inFlight--;
            storesInFlight--;
            device.storesInFlight--;
            if (isStored) {
                index.ready(job.entry);
                counters.stored++;
                counters.storedBytes += job.lengthBytes;
            } else {
                index.remove(job.entry);
                counters.storesFailed++;
            }
            long tag = job.tag;
            jobs.giveBack(job);
            listener.onStored(tag, isStored ? StoreResult.STORED : StoreResult.FAILED);
        }
    }

    private int tellLate(BlockStoreListener listener) {
        int told = 0;
        for (int i = 0; i < jobs.loadCount(); i++) {
            DiskJob job = jobs.load(i);
            if (!job.isAnswered && job.deadlineNs - nowNs <= 0) {
                job.isAnswered = true;
                job.isCancelled = !Canary.LATE_TIER_WRITE.isActive();
                counters.late++;
                told++;
                listener.onLoaded(job.tag, LoadResult.LATE, 0);
                if (Canary.LATE_TIER_WRITE.isActive()) {
                    listener.onReleased(job.tag);
                }
            }
        }
        return told;
    }

    private DiskDevice device(DiskJob job) {
        return devices.get(job.device);
    }

    private int backPressured() {
        counters.backPressured++;
        return BACK_PRESSURED;
    }
}
