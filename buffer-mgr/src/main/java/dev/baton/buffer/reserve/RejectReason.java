package dev.baton.buffer.reserve;

import java.util.Locale;

/** Why a request was refused a buffer: the closed set, the same in metrics, in logs and on the wire (by code). */
public enum RejectReason {
    /** Larger than the whole pool of a shard: it can never fit here. */
    REQUEST_TOO_BIG(1, true),
    /** Larger than what is usable now, for part of the pool is quarantined. */
    TOO_BIG_NOW(2, false),
    /** The queue, or a table beside it, is full. */
    OVERLOADED(3, false),
    /** The tenant has used what it may. */
    QUOTA(4, false),
    /** No engine that takes this layout is attached. */
    NO_ENGINE(5, false),
    /** Layouts differ and no conversion is planned. */
    LAYOUT_MISMATCH(6, true),
    /** No longer wanted. */
    CANCELLED(7, true),
    /** It waited past its deadline. */
    DEADLINE(8, true),
    /** Its session went and did not come back in time. */
    SESSION_LOST(9, true),
    /** This process is going down and grants nothing new. */
    DRAINING(10, false),
    /** No session is left for another peer. */
    TOO_MANY_PEERS(11, false),
    /** Too much of the pool is quarantined for this peer. */
    PEER_QUARANTINED(12, false),
    /** This peer sent corrupt bytes too often. */
    PEER_SUSPECT(13, false),
    /** The same handoff was reserved with another size; that grant stands. */
    MISMATCH(14, true),
    /** The peers share no protocol version. */
    INCOMPATIBLE_VERSION(15, true),
    /** The request itself makes no sense: a count or a length out of its range. */
    BAD_REQUEST(16, true),
    /** A process that holds some of the shards is away. */
    GANG_INCOMPLETE(17, false);

    private static final RejectReason[] VALUES = values();

    private final int code;
    private final boolean isFinal;
    private final String tag;

    RejectReason(int code, boolean isFinal) {
        this.code = code;
        this.isFinal = isFinal;
        tag = name().toLowerCase(Locale.ROOT);
    }

    /** Whether asking again is in vain: the answer says never instead of a time to come back. */
    public boolean isFinal() {
        return isFinal;
    }

    /** The byte on the wire: part of the protocol, never changed, never used again. */
    public int code() {
        return code;
    }

    /** The reason with that code; a code that only a newer peer knows reads as OVERLOADED, which may be asked again. */
    public static RejectReason of(int code) {
        for (RejectReason reason : VALUES) {
            if (reason.code == code) {
                return reason;
            }
        }
        return OVERLOADED;
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
