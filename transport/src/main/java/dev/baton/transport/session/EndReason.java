package dev.baton.transport.session;

import java.util.Locale;

/**
 * Why a handoff, a part or a session ended other than well: the one closed set behind ABORT, OUTCOME, NOT_HERE, CANCEL,
 * HELLO_REFUSED and GOODBYE, the metrics' tags and the log (S19). Codes are part of the protocol: never changed, never
 * used again.
 */
public enum EndReason {
    NONE(0),
    /** The connected pair of processes came apart; a new session may come, this one's grants are gone. */
    SESSION_LOST(1),
    PEER_LOST(2),
    CANCELLED(3),
    DEADLINE(4),
    LEASE_EXPIRED(5),
    /** No first byte within {@code startWithin}. */
    NOT_STARTED(6),
    CORRUPT(7),
    MISSING(8),
    DIGEST(9),
    NOT_CONSUMED(10),
    ENGINE_LOST(11),
    SHUTDOWN(12),
    LAYOUT_MISMATCH(13),
    NOT_WANTED(14),
    NOT_KNOWN(15),
    /** A peer broke the conversation's rules. */
    PROTOCOL(16),
    OUTCOME_UNKNOWN(17),
    /** No protocol version that both ends speak. */
    VERSION(18),
    AUTHENTICATION(19),
    /** At the bound of some table; a later try may do. */
    OVERLOADED(20),
    /** Another incarnation of the same node took its place. */
    REPLACED(21),
    /** Its outbox was full, or not taken for too long. */
    BACK_PRESSURE(22),
    /** Nothing was heard for too long. */
    SILENT(23),
    REJECTED(24),
    WRITE_FAILED(25),
    /** Longer than {@code L_max} in all. */
    TOO_LONG(26),
    EVICTED(27),
    PREFILL_FAILED(28),
    /** Both ends are the same process. */
    SELF(29),
    /** This process did not run for so long that it no longer trusts what it held. */
    STALLED(30),
    /** The two ends have no way of moving bytes in common. */
    NO_TRANSPORT(31),
    /** Another node asked for it first. */
    WANTED_ELSEWHERE(32),
    /** One end encrypts its lanes, the other does not. */
    ENCRYPTION(33),
    /** A process that holds some of its shards is gone. */
    MEMBER_LOST(34),
    /** The process that allocates this one's memory is gone. */
    LEADER_LOST(35),
    /** The node that was asked does not give this away, or not to everybody. */
    NOT_ALLOWED(36),
    /** The process that was dialled has as many sessions as it may. */
    TOO_MANY_PEERS(37),
    /** A code that a newer peer sent and this version has no name for. */
    OTHER(255);

    private static final EndReason[] BY_CODE = new EndReason[256];

    static {
        java.util.Arrays.fill(BY_CODE, OTHER);
        for (EndReason reason : values()) {
            BY_CODE[reason.code] = reason;
        }
    }

    private final int code;
    private final String tag;

    EndReason(int code) {
        this.code = code;
        this.tag = name().toLowerCase(Locale.ROOT);
    }

    /** The byte on the wire, 0 to 255. */
    public int code() {
        return code;
    }

    /** Lower case, for metrics and JSON. */
    public String tag() {
        return tag;
    }

    /** The reason of a byte from the wire; {@link #OTHER} for one that this version does not know. */
    public static EndReason of(int code) {
        return BY_CODE[code & 0xFF];
    }
}
