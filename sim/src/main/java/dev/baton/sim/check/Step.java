package dev.baton.sim.check;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What may happen next in a {@link PairWorld}; steps of one handoff, or of the whole. */
enum Step {
    /** The receiver hears what the sender said next. */
    RECEIVER_HEARS,
    SENDER_HEARS,
    /** ... and hears it again later: the wire may double it. */
    RECEIVER_HEARS_TWICE, SENDER_HEARS_TWICE,
    /** Time passes. */
    TICK,
    /** The sending process stands still, and goes on. */
    PAUSE, RESUME,
    /** This end gives the session up; the other does not know. */
    RECEIVER_LOSES, SENDER_LOSES,
    /** ... and now it does. */
    RECEIVER_NOTICES, SENDER_NOTICES,
    /** The next session opens. */
    DIAL,
    /** The sender's data agents have closed the lanes of a lost session: its lock is free. */
    QUIET,
    RESTART_SENDER, RESTART_RECEIVER,
    /** The scheduler at the receiver asks for memory. */
    RESERVE,
    /** The sender's engine begins. */
    BEGIN,
    /** The decode side asks for what is parked. */
    WANT,
    /** The sender's engine has all KV in staging. */
    PREFILL,
    /** The sender's data agent starts the next store, or the last mark. */
    POST,
    /** A store reaches memory, however late. */
    LAND,
    /** The receiver's data agent reads the lane's last mark. */
    MARK,
    /** It finds the next cell's bytes right. */
    VERIFY,
    /** ... or wrong. */
    CORRUPT,
    /** The sender's data agent does no more for the handoff, and says so. */
    STOPPED,
    /** The receiver's data agent takes nothing more of the reservation, and says so. */
    REVOKED,
    SENDER_CANCELS, RECEIVER_CANCELS,
    TAKE, RELEASE;

    static final List<Step> ALL = List.of(values());

    private static final Step[] VALUES = values();
    private static final Set<Step> SENDERS = EnumSet.of(SENDER_HEARS, SENDER_HEARS_TWICE, RESUME, SENDER_LOSES,
        SENDER_NOTICES, DIAL, QUIET, BEGIN, PREFILL, POST, LAND, STOPPED, SENDER_CANCELS);

    /** One step of one handoff, in a byte. */
    @SuppressWarnings("EnumOrdinal")   // a dense number within this process
    byte of(int handoff) {
        return (byte) (ordinal() << 1 | handoff);
    }

    static Step step(byte packed) {
        return VALUES[packed >> 1];
    }

    static int handoff(byte packed) {
        return packed & 1;
    }

    boolean isOfHandoff() {
        return compareTo(RESERVE) >= 0;
    }

    /** Whether the sending process does it. */
    boolean isSenders() {
        return SENDERS.contains(this);
    }

    static String describe(byte packed) {
        Step step = step(packed);
        return step.isOfHandoff() ? step + " handoff=" + handoff(packed) : step.name();
    }
}
