package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockName;
import org.agrona.concurrent.UnsafeBuffer;

/** Some records of a file, as a scan found them. Filled by an I/O thread, read by the store. */
final class ScanPage {
    static final int RECORDS_MAX = 256;

    final UnsafeBuffer names = new UnsafeBuffer(new byte[RECORDS_MAX * BlockName.LENGTH_BYTES]);
    final long[] positions = new long[RECORDS_MAX];
    final int[] lengths = new int[RECORDS_MAX];
    final long[] storedMs = new long[RECORDS_MAX];
    int count;
    /** Where the next page begins. */
    long nextPosition;
    /** Behind the last good record that is known so far. */
    long endPosition;
    boolean isDone;
    /** Whether the scan stops at the first record that is not good. */
    boolean isLastFile;
    /** Places where no good record stood and one should. */
    int badCount;
    /** The file's salt, read from its head by the first page. */
    long salt;
}
