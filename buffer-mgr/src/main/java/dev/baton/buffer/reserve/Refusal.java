package dev.baton.buffer.reserve;

/**
 * Why a request was not granted, with the sizes that a person needs. One object is used again and again: read it before
 * the next call into its queue.
 */
public final class Refusal {
    private RejectReason reason;
    private int shard;
    private long neededBytes;
    private long capacityBytes;
    private long retryAfterNs;

    public RejectReason reason() {
        return reason;
    }

    /** The shard whose pool is too small, or -1 where that is not the reason. */
    public int shard() {
        return shard;
    }

    /** What was asked for, on {@link #shard()} or over all where that is -1. */
    public long neededBytes() {
        return neededBytes;
    }

    /** What there is of it: the shard's pool (usable part), or the queue's room. */
    public long capacityBytes() {
        return capacityBytes;
    }

    /** When asking again makes sense; -1 is never. The asker adds jitter. */
    public long retryAfterNs() {
        return retryAfterNs;
    }

    @Override
    public String toString() {
        return "reason=" + reason + " shard=" + shard + " neededBytes=" + neededBytes + " capacityBytes=" +
            capacityBytes + " retryAfterNs=" + retryAfterNs;
    }

    Refusal because(RejectReason why, int onShard, long needed, long capacity, long retryNs) {
        reason = why;
        shard = onShard;
        neededBytes = needed;
        capacityBytes = capacity;
        retryAfterNs = why.isFinal() ? -1 : retryNs;
        return this;
    }

    /** Asking again is in vain, though others refused for the same reason may. */
    Refusal forEver() {
        retryAfterNs = -1;
        return this;
    }
}
