package dev.baton.receiver.engine;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.core.WriteRefusal;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What a decode engine hears; called on its own thread, inside {@link DecodePort#poll}. */
public interface DecodeListener {
    /** All of it is here and verified: take it within the receiver's {@code consumeWithin}, read it, release it. */
    void onReady(ReadyHandoff handoff);

    /** It will not come, or was taken back before it was taken; told once, with its one reason. */
    void onEnded(HandoffId handoff, EndReason reason, String detail);

    /**
     * A prefill that was wanted does not come, told once for each: its node does not have it, gave it up, answered nothing in time
     * (DEADLINE), is not connected or was away for too long (PEER_LOST); or this receiver has too many (OVERLOADED) or goes down (SHUTDOWN).
     */
    void onNotHere(HandoffId handoff, EndReason reason);

    /** Memory is held for what {@code reserve} asked: a sender of the same handoff may claim it. */
    default void onReserved(HandoffId handoff) {}

    /** What {@code reserve} asked was refused; ask again after that many milliseconds, or not at all if it is 0. */
    default void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {}

    /** What {@code write} asked: write the blocks there, then {@code seal} or {@code drop} them. */
    default void onWritable(WritableBlocks blocks) {}

    /** What {@code write} asked may not be written; FULL: later, perhaps. */
    default void onNotWritable(WriteAsk ask, WriteRefusal reason) {}

    /** So many of the blocks that {@code seal} named are cache now; 0 if the receiver had taken their memory back. */
    default void onWritten(long handle, int blockCount) {}

    /** How a {@code fetch} ended; told once for each. */
    default void onFetched(FetchEnd end) {}

    /** What {@code prefetch} asked is over: so many of its blocks, from the first on, lie in the pool now. */
    default void onPrefetched(PrefetchAsk ask, int blocksHere) {}

    /** What {@code namePassage} asked: so many leading blocks of the passage are found by its names now. */
    default void onPassageNamed(PassageAsk ask, int blockCount) {}

    /** What {@code findPassage} asked: read the blocks, if there are any, then {@code releasePassage}. */
    default void onPassage(PassageBlocks blocks) {}

    /** It was taken, and nobody wants it any more: what is decoded from it is for nothing. Told once; it is released as ever. */
    default void onCancelled(HandoffId handoff) {}

    /** It was taken and not released within the receiver's {@code releaseWithin}; told once, the memory stays. */
    default void onReleaseLate(HandoffId handoff) {}
}
