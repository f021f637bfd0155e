package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.log.LogFile;
import dev.baton.buffer.tier.log.RecordIndex;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads blocks of announced chains into memory of its own, behind all loads, so that a load finds them there. What is not
 * asked for within five seconds makes room for others. A block that was read ahead was verified, and is verified again as
 * it is copied. The store's thread.
 */
final class ReadAhead {
    private static final long KEPT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int PLANNED_MAX = 1024;

    private enum State {
        FREE, READING, FULL, COPYING
    }

    /** Room for one block. */
    private static final class Slot {
        Region region;
        State state = State.FREE;
        LogFile file;
        long position;
        int payloadCrc;
        long sinceNs;
        /** A load that came while the block was being read. */
        DiskJob waiting;
    }

    private final List<DiskDevice> devices;
    private final DiskJobs jobs;
    private final RecordIndex index;
    private final Slot[] slots;
    private final UnsafeBuffer planned = new UnsafeBuffer(new byte[PLANNED_MAX * BlockName.LENGTH_BYTES]);
    private long plannedHead;
    private long plannedTail;

    ReadAhead(DiskContext context, List<DiskDevice> devices, DiskJobs jobs, RecordIndex index) {
        this.devices = devices;
        this.jobs = jobs;
        this.index = index;
        slots = new Slot[context.readAheadSlots()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
            slots[i].region = Regions.anonymous(context.ledger(), "tier.disk", context.readAheadBlockBytes());
        }
    }

    /** Notes what will be asked for; what is too much is left out. */
    void plan(DirectBuffer names, int namesOffset, int count) {
        for (int i = 0; i < count && slots.length > 0 && plannedTail - plannedHead < PLANNED_MAX; i++) {
            planned.putBytes(offsetOf(plannedTail++), names, namesOffset + i * BlockName.LENGTH_BYTES, BlockName.LENGTH_BYTES);
        }
    }

    /**
     * Serves a load from here, now or when the block has been read; false leaves it to the device. Either way the block is
     * not read ahead any more.
     */
    boolean isServing(DiskJob load, long nowNs) {
        for (int i = 0; i < slots.length; i++) {
            Slot slot = slots[i];
            boolean isIt = slot.file == load.file && slot.position == load.position;
            if (isIt && slot.state == State.FULL) {
                copy(slot, load, nowNs);
                return true;
            }
            if (isIt && slot.state == State.READING && slot.waiting == null) {
                slot.waiting = load;
                return true;
            }
        }
        if (plannedHead < plannedTail && isNextPlanned(load)) {
            plannedHead++;
        }
        return false;
    }

    int doWork(long nowNs) {
        int workCount = 0;
        for (int i = 0; i < slots.length; i++) {
            Slot slot = slots[i];
            if (slot.state == State.FULL && nowNs - slot.sinceNs > KEPT_NS) {
                free(slot);
            }
            while (slot.state == State.FREE && plannedHead < plannedTail) {
                workCount += begin(slot, nowNs);
            }
        }
        return workCount;
    }

    /** A block was read; the load that waited for it goes on, or is given back here with the job's result. */
    DiskJob onRead(DiskJob job, long nowNs) {
        Slot slot = slots[job.aheadSlot];
        DiskJob waiting = slot.waiting;
        slot.waiting = null;
        if (job.result != RecordIo.OK) {
            free(slot);
            if (waiting != null) {
                waiting.result = job.result;
            }
            return waiting;
        }
        slot.state = State.FULL;
        slot.sinceNs = nowNs;
        slot.payloadCrc = job.payloadCrc;
        if (waiting != null) {
            copy(slot, waiting, nowNs);
        }
        return null;
    }

    /** A load got its bytes from here. */
    void onCopied(DiskJob load) {
        free(slots[load.aheadSlot]);
    }

    /** Unless an I/O thread may still write to it. */
    void close() {
        for (Slot slot : slots) {
            slot.region.close();
        }
    }

    private int begin(Slot slot, long nowNs) {
        int at = offsetOf(plannedHead++);
        int entry = index.find(planned, at);
        boolean isThere = entry != RecordIndex.NONE && index.isReady(entry) &&
            index.file(entry).state() != LogFile.State.DYING && index.lengthBytes(entry) <= slot.region.lengthBytes() &&
            devices.get(index.file(entry).device).circuit.mayRead() && !isHere(entry);
        DiskJob job = isThere ? jobs.takeOrNull(DiskJob.Kind.READ) : null;
        if (job == null) {
            return 0;
        }
        slot.state = State.READING;
        slot.file = index.file(entry);
        slot.position = index.position(entry);
        job.isAhead = true;
        job.aheadSlot = indexOf(slot);
        job.file = slot.file;
        job.entry = entry;
        job.handle = slot.file.handle;
        job.salt = slot.file.salt;
        job.position = slot.position;
        job.address = slot.region.address();
        job.lengthBytes = index.lengthBytes(entry);
        job.name.putBytes(0, planned, at, BlockName.LENGTH_BYTES);
        slot.file.inFlight++;
        devices.get(slot.file.device).submit(job, nowNs);
        return 1;
    }

    private void copy(Slot slot, DiskJob load, long nowNs) {
        slot.state = State.COPYING;
        load.kind = DiskJob.Kind.COPY;
        load.aheadSlot = indexOf(slot);
        load.sourceAddress = slot.region.address();
        load.payloadCrc = slot.payloadCrc;
        devices.get(slot.file.device).submit(load, nowNs);
    }

    private boolean isHere(int entry) {
        for (Slot slot : slots) {
            if (slot.state != State.FREE && slot.file == index.file(entry) && slot.position == index.position(entry)) {
                return true;
            }
        }
        return false;
    }

    private boolean isNextPlanned(DiskJob load) {
        int at = offsetOf(plannedHead);
        for (int i = 0; i < BlockName.LENGTH_BYTES; i += Long.BYTES) {
            if (planned.getLong(at + i) != load.name.getLong(i)) {
                return false;
            }
        }
        return true;
    }

    private static void free(Slot slot) {
        slot.state = State.FREE;
        slot.file = null;
    }

    private int indexOf(Slot slot) {
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] == slot) {
                return i;
            }
        }
        throw new IllegalStateException("a slot of another store");
    }

    private static int offsetOf(long sequence) {
        return (int) (sequence % PLANNED_MAX) * BlockName.LENGTH_BYTES;
    }
}
