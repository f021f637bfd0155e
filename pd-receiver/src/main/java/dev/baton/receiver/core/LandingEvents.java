package dev.baton.receiver.core;

/**
 * What data agents tell the control agent, in the order in which it happened on each agent. Called on the control
 * agent's thread.
 */
public interface LandingEvents {
    /** Missing cells of one lane that are told one by one; of more, the count says that some were not. */
    int MISSING_TOLD_MAX = 1024;

    /** A cell landed whole and its bytes are those of the manifest. */
    void onCellVerified(long reservation, int cell, int lengthBytes);

    /** A cell landed whole and its bytes are not those of the manifest. */
    void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded);

    /**
     * Its lane is closed for this round, and the cell is not whole; so are {@code missingCount} cells of that lane in
     * all.
     */
    void onCellMissing(long reservation, int cell, int missingCount);

    /** A lane's mark was read; {@code isLast} closes that part's use of the lane for the round. */
    void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast);

    /** This data agent accepts nothing more of the reservation, and has nothing of it under way. */
    void onRevoked(long reservation, int lane);

    void onLaneClosed(long sessionId, int lane);

    /** This data agent's cells of blocks before that one are as they were verified; of that one they are not. */
    default void onRechecked(long reservation, int lane, int endBlock) {}

    /** At a member of the gang that part writes by itself: what is bad of it cannot come again. */
    default void onOneSided(long reservation, int part) {}

    /** A member of the gang has lost the session on which that part was bound there. */
    default void onPartLost(long reservation, int part) {}

    /** No member of the gang reads it any more. */
    default void onReadElsewhere(long reservation) {}
}
