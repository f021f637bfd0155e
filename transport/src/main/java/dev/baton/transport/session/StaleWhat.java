package dev.baton.transport.session;

/** What of a message was not current, as STALE says it (S7). Codes are part of the protocol and never change. */
public enum StaleWhat {
    /** It was meant for an earlier process of that node. */
    INCARNATION(1),
    SESSION(2),
    /** The token does not admit what was asked. */
    TOKEN(3),
    /** No such reservation, or none that the message may still change. */
    RESERVATION(4);

    private final int code;

    StaleWhat(int code) {
        this.code = code;
    }

    /** A code that this version has no name for is about one reservation: the least that a message can be about. */
    public static StaleWhat of(int code) {
        return switch (code) {
            case 1 -> INCARNATION;
            case 2 -> SESSION;
            case 3 -> TOKEN;
            default -> RESERVATION;
        };
    }

    public int code() {
        return code;
    }

    /** Whether the session that it was said on is over. */
    public boolean endsSession() {
        return this == INCARNATION || this == SESSION;
    }
}
