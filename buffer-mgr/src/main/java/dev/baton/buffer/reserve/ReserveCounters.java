package dev.baton.buffer.reserve;

import java.util.concurrent.atomic.AtomicLongArray;

import dev.baton.platform.StepListener;

/** What the ledger and its queue did, and where its reservations stand. One thread writes; any may read. */
public final class ReserveCounters {
    private static final int REASONS_AT = ReservationState.count();
    private static final int GRANTS_AT = REASONS_AT + RejectReason.count();
    private static final int EVICTED_AT = GRANTS_AT + 1;
    private static final int HIGH_WATER_AT = GRANTS_AT + 2;
    private static final int QUEUED_BYTES_AT = GRANTS_AT + 3;
    private static final int OVERTAKES_AT = GRANTS_AT + 4;
    private static final int SPILLED_AT = GRANTS_AT + 5;

    private StepListener<? super ReservationState> steps = StepListener.NONE;
    private final AtomicLongArray values = new AtomicLongArray(GRANTS_AT + 6);

    /** Reservations in a live state now; of a terminal one, how many ever ended in it. */
    public long reservations(ReservationState state) {
        return values.getOpaque(state.index());
    }

    /** Requests refused for this reason so far. */
    public long rejections(RejectReason reason) {
        return values.getOpaque(REASONS_AT + reason.index());
    }

    public long grants() {
        return values.getOpaque(GRANTS_AT);
    }

    /** Of the grants, those in the spill tier. */
    public long grantsSpilled() {
        return values.getOpaque(SPILLED_AT);
    }

    public long extentsEvicted() {
        return values.getOpaque(EVICTED_AT);
    }

    /** Most bytes that were ever neither free nor evictable, over all shards and tiers. */
    public long highWaterBytes() {
        return values.getOpaque(HIGH_WATER_AT);
    }

    /** Bytes that queued requests ask for now. */
    public long queuedBytes() {
        return values.getOpaque(QUEUED_BYTES_AT);
    }

    /** Grants that went past an older request which did not fit. */
    public long overtakes() {
        return values.getOpaque(OVERTAKES_AT);
    }

    /** Who hears each step of each reservation, as it is made; nobody unless told. Before the first is opened. */
    public void steps(StepListener<? super ReservationState> value) {
        steps = value;
    }

    void moved(ReservationState fromOrNull, ReservationState to) {
        if (fromOrNull != null) {
            add(fromOrNull.index(), -1);
        }
        add(to.index(), 1);
        steps.onStep(fromOrNull, to);
    }

    public void rejected(RejectReason reason) {
        add(REASONS_AT + reason.index(), 1);
    }

    void granted(boolean isSpilled, long extentsEvicted, long usedBytes) {
        add(GRANTS_AT, 1);
        if (isSpilled) {
            add(SPILLED_AT, 1);
        }
        if (extentsEvicted != 0) {
            add(EVICTED_AT, extentsEvicted);
        }
        if (usedBytes > values.getPlain(HIGH_WATER_AT)) {
            values.setOpaque(HIGH_WATER_AT, usedBytes);
        }
    }

    void queuedBytes(long change) {
        add(QUEUED_BYTES_AT, change);
    }

    void overtaken() {
        add(OVERTAKES_AT, 1);
    }

    private void add(int index, long change) {
        values.setOpaque(index, values.getPlain(index) + change);
    }
}
