package dev.baton.buffer.reserve;

import java.util.Locale;

/** Why a request was refused a buffer: the closed set, the same in metrics, in logs and on the wire (by name). */
public enum RejectReason {
    /** Larger than the whole pool of a shard: it can never fit here. */
    REQUEST_TOO_BIG(true),
    /** Larger than what is usable now, for part of the pool is quarantined. */
    TOO_BIG_NOW(false),
    /** The queue, or a table beside it, is full. */
    OVERLOADED(false),
    /** The tenant has used what it may. */
    QUOTA(false),
    /** No engine that takes this layout is attached. */
    NO_ENGINE(false),
    /** Layouts differ and no conversion is planned. */
    LAYOUT_MISMATCH(true),
    /** No longer wanted. */
    CANCELLED(true),
    /** It waited past its deadline. */
    DEADLINE(true),
    /** Its session went and did not come back in time. */
    SESSION_LOST(true),
    /** This process is going down and grants nothing new. */
    DRAINING(false),
    /** No session is left for another peer. */
    TOO_MANY_PEERS(false),
    /** Too much of the pool is quarantined for this peer. */
    PEER_QUARANTINED(false),
    /** This peer sent corrupt bytes too often. */
    PEER_SUSPECT(false),
    /** The same handoff was reserved with another size; that grant stands. */
    MISMATCH(true),
    /** The peers share no protocol version. */
    INCOMPATIBLE_VERSION(true),
    /** The request itself makes no sense: a count or a length out of its range. */
    BAD_REQUEST(true);

    private static final RejectReason[] VALUES = values();

    private final boolean isFinal;
    private final String tag;

    RejectReason(boolean isFinal) {
        this.isFinal = isFinal;
        tag = name().toLowerCase(Locale.ROOT);
    }

    /** Whether asking again is in vain: the answer says never instead of a time to come back. */
    public boolean isFinal() {
        return isFinal;
    }

    /** Lower-case name, for metrics. */
    public String tag() {
        return tag;
    }

    /** Place in arrays kept by this type in this process; never stored or sent. */
    @SuppressWarnings("EnumOrdinal")   // flat counters need a dense index, and nothing outlives the process
    int index() {
        return ordinal();
    }

    static int count() {
        return VALUES.length;
    }
}
