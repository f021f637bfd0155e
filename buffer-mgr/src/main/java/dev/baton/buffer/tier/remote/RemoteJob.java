package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.BlockName;
import org.agrona.concurrent.UnsafeBuffer;

/** One operation. The store's thread owns it but between the queues, where one I/O thread does. Made once, used again. */
final class RemoteJob {
    enum Kind {
        LOOKUP, LOAD, STORE, PROBE
    }

    enum Result {
        OK, PRESENT, MISSED, CORRUPT, FAILED, FULL, CANCELLED
    }

    // The store's own.
    int index;
    long tag;
    long deadlineNs;
    boolean isAnswered;
    boolean isTimed;
    boolean isSeenBegun;
    long seenBegunNs;

    // Handed over.
    Kind kind;
    long address;
    long lengthBytes;
    final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    /** Set by the store while an I/O thread has the job, or will have: nobody looks at its result any more. */
    volatile boolean isCancelled;
    /** Set by the I/O thread. */
    volatile boolean isBegun;
    /** Set by the I/O thread while it uses the caller's memory. */
    volatile BlockMemory memory;

    // What came of it.
    Result result;
    long foundBytes;
    /** Of a batch that failed, one only is to be counted against the store. */
    boolean isStrike;
    /** It was there, and too old. */
    boolean isExpired;
}
