package dev.baton.sender.core;

import dev.baton.kv.CellMap;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** What the control agent tells the engine about one handoff: a few in its whole life, none per chunk. Immutable. */
public sealed interface EngineNotice {
    /** The engine's name for the handoff. */
    long handle();

    /** The receiver holds memory for all of it and has said where: these cells are to be staged and sent. */
    record Granted(long handle, CellMap cells) implements EngineNotice {}

    /** That rank may bind its part with this. */
    record PartGranted(long handle, PartGrant grant) implements EngineNotice {}

    /** The receiver has it in its queue. */
    record Queued(long handle, int position, long estimateMs) implements EngineNotice {}

    /**
     * Refused: asked again after {@code retryAfterMs} and some jitter, or for good if that is 0. The code is the
     * receiver's.
     */
    record Rejected(long handle, int reasonCode, long retryAfterMs, String detail) implements EngineNotice {}

    /** Every byte is verified at the receiver; the sources may go. */
    record Landed(long handle) implements EngineNotice {}

    /** The one terminal event of a handoff that had landed or that the receiver ended. */
    record Outcome(long handle, OutcomeKind kind, EndReason reason) implements EngineNotice {}

    /** It did not come to an outcome here; the sources may go. */
    record Failed(long handle, EndReason reason, String detail) implements EngineNotice {}

    /** Whether nothing more will be told about this handoff. */
    default boolean isLast() {
        return switch (this) {
            case Granted _, PartGranted _, Queued _, Landed _ -> false;
            case Rejected rejected -> rejected.retryAfterMs() == 0;
            case Outcome _, Failed _ -> true;
        };
    }

    /** Whether it ended because bytes were wrong somewhere. */
    default boolean isDoubtful() {
        return switch (this) {
            case Granted _, PartGranted _, Queued _, Landed _, Rejected _ -> false;
            case Outcome outcome -> outcome.reason() == EndReason.CORRUPT;
            case Failed failed -> failed.reason() == EndReason.CORRUPT;
        };
    }
}
