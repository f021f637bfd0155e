package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;

/** Answers that are known at once and told by the next poll, so that nobody is called back from within a call. */
final class Answers {
    private static final long PRESENT = 0;
    private static final long FOUND = 1;
    private static final long MISSED = 2;
    private static final int COUNT_MAX = 4096;

    private static final int FIELDS = 3;

    private final long[] ring = new long[COUNT_MAX * FIELDS];
    private long head;
    private long tail;

    /** Whether one more has no room. */
    boolean isFull() {
        return tail - head == COUNT_MAX;
    }

    void present(long tag) {
        add(PRESENT, tag, 0);
    }

    void found(long tag, long lengthBytes) {
        add(FOUND, tag, lengthBytes);
    }

    void missed(long tag) {
        add(MISSED, tag, 0);
    }

    int tell(BlockStoreListener listener, int limit) {
        int told = 0;
        while (told < limit && head < tail) {
            int at = (int) (head++ % COUNT_MAX) * FIELDS;
            long kind = ring[at];
            long tag = ring[at + 1];
            long lengthBytes = ring[at + 2];
            if (kind == PRESENT) {
                listener.onStored(tag, StoreResult.PRESENT);
            } else if (kind == FOUND) {
                listener.onFound(tag, lengthBytes);
            } else {
                listener.onLoaded(tag, LoadResult.MISS, 0);
                listener.onReleased(tag);
            }
            told++;
        }
        return told;
    }

    private void add(long kind, long tag, long lengthBytes) {
        int at = (int) (tail++ % COUNT_MAX) * FIELDS;
        ring[at] = kind;
        ring[at + 1] = tag;
        ring[at + 2] = lengthBytes;
    }
}
