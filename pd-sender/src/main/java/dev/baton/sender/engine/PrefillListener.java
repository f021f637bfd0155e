package dev.baton.sender.engine;

import dev.baton.kv.CellMap;
import dev.baton.sender.core.PrefixHere;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/**
 * What an engine is told about its handoffs, inside {@link PrefillEngine#poll}, on its thread. Each handoff ends with
 * one terminal call.
 */
public interface PrefillListener {
    /** The decode side holds memory for all of it: blocks from {@code cells.firstBlock()} on may be staged and sent. */
    void onGranted(long handoff, CellMap cells);

    /**
     * A handoff of several ranks was granted: that rank's process joins with these bytes ({@link PrefillEngine#join}).
     * The engine hands them on; they are a secret between its ranks. Called for each rank but this one.
     */
    default void onPartGranted(long handoff, int part, byte[] grant) {
        throw new IllegalStateException("nobody hands on the grant of another rank: part=" + part);
    }

    /**
     * What {@link PrefillEngine#load} asked for, as far as it is here: read it and {@link PrefillEngine#release} it, also where
     * there is nothing. Told once for each.
     */
    default void onLoaded(PrefixHere here) {
        throw new IllegalStateException("nobody reads what was loaded: prompt=" + here.ask().id());
    }

    /** It waits in the receiver's queue. */
    default void onQueued(long handoff, int position, long estimateMs) {}

    /** Refused. Terminal if {@code retryAfterMs} is 0; else the sender asks again by itself, until the deadline. */
    void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail);

    /** Every byte is verified at the receiver; its staging was given back. */
    void onLanded(long handoff);

    /**
     * Terminal: how it ended, from the receiver. {@code NULL_VAL} with OUTCOME_UNKNOWN where the receiver went after it
     * had landed.
     */
    void onOutcome(long handoff, OutcomeKind kind, EndReason reason);

    /** Terminal: it ended without having landed; its staging was given back. */
    void onFailed(long handoff, EndReason reason, String detail);
}
