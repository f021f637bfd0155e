package dev.baton.sim.check;

/** What may happen next in a {@link ReceiverWorld}; steps of one handoff, of one cell of it, or of the whole. */
enum Step {
    /** RESERVE arrives; also again, and on a newer session. */
    RESERVE, BIND, RENEW,
    /** A CHUNK notice with the lines of the round arrives. */
    LINES,
    /** The sender starts a write of a cell. */
    POST,
    /** The write reaches memory, however late. */
    LAND,
    /** The lane's last mark is read by the data agent. */
    MARK, FIN,
    /** The data agent finds the cell's bytes right. */
    VERIFY,
    /** ... or wrong. */
    CORRUPT,
    HEAR_NACK, HEAR_ABORT, DRAINED,
    /** The data agent stops taking data of the reservation and says so. */
    STOP,
    /** The sender's engine cannot go on. */
    ABORT,
    /** Nobody wants it any more. */
    CANCEL,
    TAKE, RELEASE,
    /** Time passes. */
    TICK, LOSE_SESSION,
    /** The sender gives up the lock of the session that was lost: nothing of it is under way. */
    UNLOCK,
    /** The sending process is killed and starts again. */
    RESTART;

    private static final Step[] VALUES = values();

    /** One step of one handoff and cell, in a byte. */
    @SuppressWarnings("EnumOrdinal")   // a dense number within this process
    byte of(int handoff, int cell) {
        return (byte) (ordinal() << 2 | handoff << 1 | cell);
    }

    static Step step(byte packed) {
        return VALUES[packed >> 2];
    }

    static int handoff(byte packed) {
        return packed >> 1 & 1;
    }

    static int cell(byte packed) {
        return packed & 1;
    }

    static String describe(byte packed) {
        Step step = step(packed);
        return switch (step) {
            case TICK, LOSE_SESSION, UNLOCK, RESTART -> step.name();
            case POST, LAND, VERIFY, CORRUPT -> step + " handoff=" + handoff(packed) + " cell=" + cell(packed);
            default -> step + " handoff=" + handoff(packed);
        };
    }
}
