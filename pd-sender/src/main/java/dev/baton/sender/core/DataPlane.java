package dev.baton.sender.core;

import java.util.List;

import dev.baton.transport.LinkContext;

/** What the control agent tells the data agents. Nothing here blocks or fails. */
public interface DataPlane {
    int agentCount();

    /** Open these lanes: lane k belongs to agent k modulo {@link #agentCount()}. */
    void openLanes(String scheme, List<LinkContext> lanes);

    /** Close the lanes of that session: what they posted is over, one way or the other. */
    void closeLanes(long sessionId);

    /** Something about the transfer is new: every agent looks at it. */
    void look(Transfer transfer);
}
