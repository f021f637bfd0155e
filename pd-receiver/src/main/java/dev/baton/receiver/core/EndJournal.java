package dev.baton.receiver.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/** Told of each abnormal end, once, with its one reason (S19). Called on the control agent's thread; must not block. */
@FunctionalInterface
public interface EndJournal {
    /**
     * A handoff ended other than well.
     *
     * @param peer   node id of the process that reserved it; empty if a scheduler here did
     * @param detail {@code name=value} facts; may be empty
     */
    void onAbnormalEnd(EndReason reason, HandoffId handoff, ReservationId reservation, String peer, String detail,
        long nowNs);
}
