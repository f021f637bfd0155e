package dev.baton.buffer.reserve;

/**
 * Told what became of a queued request. Called inside {@link AdmissionQueue#poll}; it may not call back into the queue.
 */
public interface AdmissionListener {
    /** Every extent of every shard is its own now. */
    void onGranted(Reservation reservation);

    /** It is out of the queue and was never granted; the reservation is closed when this returns. */
    void onRejected(Reservation reservation, Refusal refusal);
}
