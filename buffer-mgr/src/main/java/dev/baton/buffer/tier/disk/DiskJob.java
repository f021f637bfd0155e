package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.log.LogFile;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One piece of I/O, handed from the store to an I/O thread and back by queues; whoever has it may touch it. Used again,
 * so nothing is allocated for it. The fields of the first group stay the store's own all the time.
 */
final class DiskJob {
    /** What there is to do. */
    enum Kind {
        WRITE, READ, COPY, SCAN, MAKE, MOVE, QUARANTINE, REMOVE, PROBE
    }

    // The store's own.
    int device;
    int loadIndex;
    long tag;
    LogFile file;
    LogFile moveTo;
    int entry;
    long deadlineNs;
    boolean isAnswered;
    /** A read that nobody asked for yet, into the slot of that number; or the load that is served from it. */
    boolean isAhead;
    int aheadSlot;

    // Handed over.
    Kind kind;
    int handle;
    Path path;
    long sequence;
    long salt;
    long position;
    long address;
    long lengthBytes;
    long sourceAddress;
    long storedMs;
    int targetHandle;
    long targetSalt;
    long targetPosition;
    /** The next record of one write: it lies right behind this one. */
    DiskJob nextInBatch;
    ScanPage page;
    final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    /** Set by the store while an I/O thread has the job: its memory is still used until then, its result is not. */
    volatile boolean isCancelled;

    // What came of it: one of RecordIo's results, or {@code -errno}.
    int result;
    /** Of what was read. */
    int payloadCrc;
}
