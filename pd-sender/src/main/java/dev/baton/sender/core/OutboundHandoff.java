package dev.baton.sender.core;

import org.agrona.DeadlineTimerWheel;

import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.platform.StepListener;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;

/**
 * One handoff at its sender: where it stands in {@link OutboundState} and what it needs to go on.
 * {@link HandoffReserving}, {@link HandoffSending} and {@link HandoffEnding} move it, each in answer to something: a
 * message, an event of a data agent, a note of the engine, a timer. Belongs to the control agent's thread.
 */
final class OutboundHandoff {
    static final long NEVER = Long.MAX_VALUE;

    final HandoffBoard board;
    final HandoffSpec spec;
    final long number;                   // in the order they began
    private final StepListener<? super OutboundState> steps;

    /**
     * Of {@link OutboundTimers} and of {@link OutboundBook} alone: its timer, whether it is on the list of those to flush,
     * and whether it counts among those that nobody has asked for.
     */
    long timerId = DeadlineTimerWheel.NULL_DEADLINE;
    boolean isFlushDue;
    boolean isForPark;

    OutboundState state = OutboundState.NEW;
    PeerSession peer;                    // null while there is no session to ask on
    boolean hasAsked;                    // on this session
    NodeIdentity holder;                 // the process that was asked last; null for none yet
    String wantedBy;                     // node id, of what a peer asks for; else empty
    boolean isInWindow;                  // of its peer's session: see PeerWindow
    boolean isInLine;
    int questions;                       // since there is a session again
    int refusals;
    long deadlineAtNs = NEVER;
    long retryAtNs = NEVER;
    long endAtNs = NEVER;                // of what this state waits for: a want, a rebind, an outcome
    long firstAskedAtNs = NEVER;         // of the first RESERVE on this session
    long finishedAtNs = NEVER;           // of the last FIN
    long leaseNs;                        // of the grant; 0 for none
    final Lease lease = new Lease();
    int haveTokens;
    long wantedDeadlineMs;

    ReservationId reservation = ReservationId.NONE;
    long tokenHigh;                      // of the grant: admits BIND
    long tokenLow;
    TargetPeers targets;                 // null until they are asked where its bytes go
    int part;                            // which of its parts this process brings
    CellMap cells;
    PartCells own;
    Transfer transfer;
    SentManifest sent;
    int stoppedAgents;
    int failedCompletions;
    long failedProcesses;                // where those went, a bit for each of the targets
    EngineNotice last;                   // told when all agents have stopped, and the state becomes lastState
    OutboundState lastState;
    boolean isDrainedDue;
    boolean isCancelSent;

    OutboundHandoff(HandoffBoard board, long number, StepListener<? super OutboundState> steps) {
        this.board = board;
        this.number = number;
        this.steps = steps;
        this.spec = board.spec();
        this.haveTokens = spec.haveTokens();
        this.wantedBy = spec.fetchedBy();
        steps.onStep(null, state);
    }

    /**
     * The only way to another state.
     *
     * @throws IllegalStateException if the protocol has no such step
     */
    void state(OutboundState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("no such step: handoff=" + spec.id() + " state=" + state + " next=" + next);
        }
        OutboundState before = state;
        state = next;
        steps.onStep(before, next);
    }

    /** Another rank reserved it, and this one was told where. */
    boolean isToJoin() {
        return spec.isJoining() && board.grantOrNull() != null && last == null
            && state == (spec.isSourceFirst() ? OutboundState.PARKED : OutboundState.NEW);
    }

    /** Whether it waits for a session to ask on. */
    boolean isUnbound() {
        return state == OutboundState.RESERVING && peer == null;
    }

    /** Whether its peer waits for it: it was asked for memory, or has asked for this. */
    boolean isAwaitedByPeer() {
        return hasAsked || state.isHeldByPeer() || !wantedBy.isEmpty();
    }

    /** Nothing of it is awaited on any session. */
    void leavePeers() {
        if (peer != null) {
            peer.byReservation().remove(reservation.counter());
        }
        for (int i = 0; targets != null && i < targets.count(); i++) {
            targets.peer(i).byReservation().remove(reservation.counter());
        }
    }

    /** Lanes of every process that it goes to. */
    int laneCount() {
        return targets == null ? 0 : targets.laneCount();
    }

    /** Whether that process was asked for memory before. */
    boolean isKnownTo(NodeIdentity node) {
        return holder != null && holder.incarnation() == node.incarnation();
    }

    /** All was sent: what becomes of it is the receiver's word alone. */
    boolean isReceiversToEnd() {
        return state == OutboundState.FIN_SENT || state == OutboundState.UNKNOWN || state == OutboundState.LANDED;
    }

    /** Whether a want may still come for it, or did come before prefill was done. */
    boolean isWantable() {
        return !spec.isJoining()
            && (state == OutboundState.PARKED || (state == OutboundState.NEW && spec.isSourceFirst()));
    }

    /** When a timer is next due, or {@link #NEVER}. */
    long nextTimerNs() {
        return earliest(earliest(earliest(deadlineAtNs, retryAtNs), Canary.WAITED_FOR_EVER.isActive() ? NEVER : endAtNs),
            earliest(lease.renewAtNs(), lease.endNs()));
    }

    /** Data agents post until the lease says no, and not a moment after its new word. */
    void applyLease() {
        if (transfer != null) {
            transfer.postUntilNs(lease.postUntilNs());
        }
    }

    static boolean isDue(long timeNs, long nowNs) {
        return timeNs != NEVER && timeNs - nowNs <= 0;
    }

    /** Times wrap round, so they compare by difference; NEVER is no time. */
    private static long earliest(long a, long b) {
        if (a == NEVER || b == NEVER) {
            return a == NEVER ? b : a;
        }
        return a - b <= 0 ? a : b;
    }
}
