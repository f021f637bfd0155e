package dev.baton.buffer.reserve;

/**
 * What one asker, a peer or a tenant, has of a ledger's places, and of its queue's places and bytes. Its reservations keep
 * it right, from {@link Reservation#countFor} to their end; whoever lets askers in looks at it before. What is remembered of it
 * after that is told here by whoever remembers. One owner.
 */
public final class PlaceCount {
    private int count;
    private int queuedCount;
    private long queuedBytes;
    private int endedCount;

    /** Live reservations, queued ones included. */
    public int count() {
        return count;
    }

    /** Those that wait. */
    public int queuedCount() {
        return queuedCount;
    }

    /** What those that wait ask for, in bytes. */
    public long queuedBytes() {
        return queuedBytes;
    }

    /** Its handoffs that have ended and are remembered. */
    public int endedCount() {
        return endedCount;
    }

    /** So many more of them; negative for fewer. */
    public void addEnded(int handoffs) {
        endedCount += handoffs;
    }

    void add(int places) {
        count += places;
    }

    void addQueued(int places, long bytes) {
        queuedCount += places;
        queuedBytes += bytes;
    }
}
