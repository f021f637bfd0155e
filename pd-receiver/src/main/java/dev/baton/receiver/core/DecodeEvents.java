package dev.baton.receiver.core;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What the core tells the decode engine's side. Called on the control agent's thread; must not block. */
public interface DecodeEvents {
    /** Every byte of the request is in place and verified. */
    void onReady(ReadyHandoff handoff);

    /** It ended before an engine could take it, or after READY without being taken. Told once. */
    void onEnded(HandoffId handoff, EndReason reason, String detail);

    /** A parked prefill that was wanted does not come. */
    void onNotHere(HandoffId handoff, EndReason reason);

    /** Memory is held for what this process's own scheduler asked; a sender may claim it. */
    void onReserved(HandoffId handoff);

    /** This process's own scheduler asked, and got nothing; it may ask again after that time, unless it is 0. */
    void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail);

    /** The engine may write its blocks there. */
    default void onWritable(WritableBlocks blocks) {}

    /** The engine asked to write blocks, and may not. */
    default void onNotWritable(WriteAsk ask, WriteRefusal reason) {}

    /** The engine said that they are whole: so many are cache now, none where that is not known. */
    default void onWritten(long handle, int blockCount) {}

    /** What was to be fetched from another node lies here now, or does not. */
    default void onFetched(FetchEnd end) {}

    /** What was asked to be loaded ahead is here as far as it will be: so many leading blocks. */
    default void onPrefetched(PrefetchAsk ask, int blocksHere) {}

    /** So many leading blocks of the passage are found by its names. */
    default void onPassageNamed(PassageAsk ask, int blockCount) {}

    /** What lies here of a passage that was asked for; none, perhaps. */
    default void onPassage(PassageBlocks blocks) {}

    /** An engine took it, and nobody wants it any more. Told once. */
    default void onCancelled(HandoffId handoff) {}

    /** An engine took it and has not released it within {@code releaseWithin}: its memory stays until it does. */
    void onReleaseLate(HandoffId handoff);
}
