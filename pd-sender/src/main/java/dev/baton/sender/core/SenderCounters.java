package dev.baton.sender.core;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

import dev.baton.platform.StepListener;
import dev.baton.transport.session.EndReason;

/** What the sender's control agent counted. Written by that agent only, read by any thread. */
public final class SenderCounters {
    /** One counter each; the tag is what metrics say. */
    public enum Kind {
        BEGUN, RESERVES_SENT, GRANTED, QUEUED, RETRIED, REJECTED, CELLS_SENT, BYTES_SENT, CHUNKS_TOLD, FINS_SENT,
            NACKED,
        CELLS_RESENT, LANDED, DELIVERED, FAILED, WANTED, NOT_HERE, STRAY_MESSAGES, STRAY_EVENTS, LANES_LOST,
        PEERS_GONE,
        PEERS_DRAINING, ABORTS_ANSWERED, SELF_FENCED, UNKNOWN,
        QUERIES_SENT, KEPT_CHANGED, FETCHES_ASKED, FETCHES_REFUSED, FETCHED, POOL_BLOCKS_HELD,
        POOL_BLOCKS_READ;

        private final String tag = name().toLowerCase(Locale.ROOT).replace('_', '.');

        public String tag() {
            return tag;
        }
    }

    private static final int REASONS = 256;

    private StepListener<? super OutboundState> steps = StepListener.NONE;
    private final AtomicLongArray values = new AtomicLongArray(Kind.values().length);
    private final AtomicLongArray ends = new AtomicLongArray(REASONS);

    /** Who hears each step of each handoff; nobody unless told. Before the first begins. */
    public void steps(StepListener<? super OutboundState> value) {
        steps = value;
    }

    StepListener<? super OutboundState> steps() {
        return steps;
    }

    void add(Kind kind, long amount) {
        increase(values, index(kind), amount);
    }

    void ended(EndReason reason) {
        increase(ends, reason.code(), 1);
    }

    public long count(Kind kind) {
        return values.get(index(kind));
    }

    /** Handoffs that failed for this reason. */
    public long failures(EndReason reason) {
        return ends.get(reason.code());
    }

    @SuppressWarnings("EnumOrdinal")   // a dense index that nothing outside this object ever sees
    private static int index(Kind kind) {
        return kind.ordinal();
    }

    private static void increase(AtomicLongArray array, int index, long amount) {
        array.lazySet(index, array.get(index) + amount);   // one writer: no read-modify-write needed
    }
}
