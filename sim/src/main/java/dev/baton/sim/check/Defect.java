package dev.baton.sim.check;

/** A rule that is broken on purpose, to see that the search finds it. All are outside the core, at what it trusts. */
public enum Defect {
    NONE,
    /** DRAINED is said while writes are under way. */
    DRAINED_AT_ONCE,
    /** The sender posts on though it heard ABORT. */
    POST_AFTER_ABORT,
    /** When a timer runs out, the evidence that the fence waits for is made up. */
    EVIDENCE_BY_TIMER,
    /** A data agent says that it stopped and goes on. */
    STOP_SAID_ONLY,
    /** A lane's mark is read before the data that it closes has landed. */
    MARK_OVERTAKES,
    /** HELLO says that earlier sessions are drained though a write is under way. */
    HELLO_LIES,
    /** The lock of a lost session is given up though a write is under way. */
    UNLOCK_EARLY
}
