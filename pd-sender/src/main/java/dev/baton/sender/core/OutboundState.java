package dev.baton.sender.core;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a handoff stands at its sender. The steps are those of the protocol's sender table, and no others; the end of a
 * handoff that no peer knows of yet is FAILED straight away.
 * <pre>
 *   NEW ─▶ RESERVING ─▶ GRANTED ─▶ STREAMING ─▶ FIN_SENT ─▶ LANDED ─▶ DONE
 *    └─▶ PARKED ─┘          └──────────┴─▶ CANCELLING ─▶ FAILED        UNKNOWN between FIN_SENT and its end
 * </pre>
 */
public enum OutboundState {
    /** Known to nobody else: destination-first for one step, source-first while prefill runs. */
    NEW,
    /** Source-first: prefilled whole, waiting for the decode side to want it. */
    PARKED,
    /** Memory was asked for; queued, refused for now, or without an answer yet. */
    RESERVING,
    /** All memory is held; no address is known yet. */
    GRANTED,
    /** Addresses are known; bytes go. Also between the rounds of a resend. */
    STREAMING,
    /** All was sent and said; nothing is posted in this state. */
    FIN_SENT,
    /** Verified at the receiver: the sources may go. */
    LANDED,
    /** No more posts; completions are awaited before the peer is told DRAINED and the engine FAILED. */
    CANCELLING,
    /** The session went after FIN: what became of the handoff is not known. */
    UNKNOWN,
    /** Ended with an outcome, or with the news that there will be none. */
    DONE,
    FAILED;

    private static final Map<OutboundState, Set<OutboundState>> NEXT = new EnumMap<>(Map.of(
        NEW, EnumSet.of(RESERVING, PARKED, FAILED),
        PARKED, EnumSet.of(RESERVING, FAILED),
        RESERVING, EnumSet.of(GRANTED, FAILED),
        GRANTED, EnumSet.of(STREAMING, CANCELLING),
        STREAMING, EnumSet.of(FIN_SENT, CANCELLING),
        FIN_SENT, EnumSet.of(STREAMING, LANDED, CANCELLING, UNKNOWN),
        LANDED, EnumSet.of(DONE),
        CANCELLING, EnumSet.of(FAILED),
        UNKNOWN, EnumSet.of(LANDED, CANCELLING, FAILED),
        DONE, EnumSet.noneOf(OutboundState.class)));

    /** Whether the protocol knows this step. */
    public boolean mayBecome(OutboundState next) {
        Set<OutboundState> allowed = NEXT.get(this);
        return allowed != null && allowed.contains(next);
    }

    /** Nothing will happen any more. */
    public boolean isEnd() {
        return this == DONE || this == FAILED;
    }

    /** The receiver holds memory for it, and its session's end ends it. */
    public boolean isHeldByPeer() {
        return this == GRANTED || this == STREAMING || this == FIN_SENT;
    }
}
