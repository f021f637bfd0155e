package dev.baton.buffer.reserve;

import java.util.Locale;

/**
 * Where a reservation stands, from the receiver's side (PROTOCOL.md, section 4); the table of legal steps is here,
 * once.
 * <pre>
 *   QUEUED      -> GRANTED, REJECTED
 *   GRANTED     -> RECEIVING, REVOKING, ABORTED     ABORTED only while no address was revealed
 *   RECEIVING   -> VERIFYING, REVOKING
 *   VERIFYING   -> RECEIVING, READY, REVOKING       back to RECEIVING by a NACK
 *   READY       -> TAKEN, RELEASED
 *   TAKEN       -> RELEASED
 *   REVOKING    -> FENCING, FENCED
 *   FENCING     -> FENCED, QUARANTINED
 *   QUARANTINED -> FENCED
 *   FENCED      -> ABORTED
 * </pre>
 */
public enum ReservationState {
    QUEUED, GRANTED, RECEIVING, VERIFYING, READY, TAKEN, REVOKING, FENCING, QUARANTINED, FENCED,
    /** The end after READY. */
    RELEASED,
    /** The end after a grant that did not get to READY. */
    ABORTED,
    /** The end of a request that was never granted. */
    REJECTED;

    private static final ReservationState[] VALUES = values();

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** Whether the table above has this step. */
    public boolean mayBecome(ReservationState next) {
        return switch (this) {
            case QUEUED -> next == GRANTED || next == REJECTED;
            case GRANTED -> next == RECEIVING || next == REVOKING || next == ABORTED;
            case RECEIVING -> next == VERIFYING || next == REVOKING;
            case VERIFYING -> next == RECEIVING || next == READY || next == REVOKING;
            case READY -> next == TAKEN || next == RELEASED;
            case TAKEN -> next == RELEASED;
            case REVOKING -> next == FENCING || next == FENCED;
            case FENCING -> next == FENCED || next == QUARANTINED;
            case QUARANTINED -> next == FENCED;
            case FENCED -> next == ABORTED;
            case RELEASED, ABORTED, REJECTED -> false;
        };
    }

    /** Whether it is over: no memory is held and the reservation's place is given away. */
    public boolean isTerminal() {
        return this == RELEASED || this == ABORTED || this == REJECTED;
    }

    public String tag() {
        return tag;
    }

    static int count() {
        return VALUES.length;
    }

    /** Place in arrays kept by this type in this process; never stored or sent. */
    @SuppressWarnings("EnumOrdinal")   // flat counters need a dense index, and nothing outlives the process
    int index() {
        return ordinal();
    }
}
