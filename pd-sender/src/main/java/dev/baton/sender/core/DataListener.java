package dev.baton.sender.core;

import dev.baton.transport.session.EndReason;

/** What the data agents tell the control agent, on its thread. A handle that is no longer known is passed over. */
public interface DataListener {
    /**
     * All bytes of a cell were accepted by its lane and their source is free again.
     *
     * @param seq the lane's mark of this handoff that lies behind the cell; 0 on two-sided lanes
     */
    void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq);

    /** The mark that closes this handoff's use of the lane in this round was sent; of a handoff that is stopped, the newest one on a card's lane. */
    void onLaneDone(long handle, int lane, int round, int lastSeq);

    /**
     * That agent posts nothing more for this handoff, and all it posted has completed or its lane is closed.
     *
     * @param failedProcesses to which of the handoff's receiving processes those went that nobody saw completed: bit p for process p;
     *                        of more than 64 several share a bit, and so the doubt
     */
    void onStopped(long handle, int failedCompletions, long failedProcesses);

    /** A lane broke, PEER_LOST, or its agent did not run for so long that it gave it up, STALLED. */
    void onLaneLost(long sessionId, int lane, EndReason reason);

    /** The receiving process of that session is proved to be gone, with all that it knew. */
    void onPeerGone(long sessionId);
}
