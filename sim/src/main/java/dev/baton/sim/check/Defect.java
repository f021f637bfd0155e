package dev.baton.sim.check;

/**
 * A rule that is broken on purpose, to see that the search finds it. All are outside the two cores, at what they trust;
 * defects of the cores themselves are {@link dev.baton.platform.Canary}s.
 */
public enum Defect {
    NONE,
    /** The sender's data agent says that it stopped while a store is under way: DRAINED follows. */
    DRAINED_AT_ONCE,
    /** The sender's data agent posts on though it was told to stop, and said that it did. */
    POST_AFTER_STOP,
    /** The sender's data agent stops and never says so. */
    STOP_UNSAID,
    /** The sender's data agent says that a cell is sent when its store begins. */
    DONE_AT_ONCE,
    /** The sender's data agent closes a lane before its last cell has gone. */
    CLOSED_BEFORE_LAST_CELL,
    /** When a fence's time is over, the evidence that it waits for is made up. */
    EVIDENCE_BY_TIMER,
    /** The receiver's data agent says that it stopped and goes on. */
    STOP_SAID_ONLY,
    /** A lane's mark is read before the data that it closes has landed. */
    MARK_OVERTAKES,
    /** HELLO says that earlier sessions are drained though a store is under way. */
    HELLO_LIES,
    /** The lock of a lost session is given up though a store is under way. */
    UNLOCK_EARLY,
    /** The lanes of a lost session are never closed. */
    NEVER_QUIET
}
