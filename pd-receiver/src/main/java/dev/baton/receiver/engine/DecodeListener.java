package dev.baton.receiver.engine;

import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What a decode engine hears; called on its own thread, inside {@link DecodePort#poll}. */
public interface DecodeListener {
    /** All of it is here and verified: take it within the receiver's {@code consumeWithin}, read it, release it. */
    void onReady(ReadyHandoff handoff);

    /** It will not come, or was taken back before it was taken; told once, with its one reason. */
    void onEnded(HandoffId handoff, EndReason reason, String detail);

    /** The node that was asked for a parked prefill does not have it, or is not connected. */
    void onNotHere(HandoffId handoff, EndReason reason);

    /** It was taken and not released within the receiver's {@code releaseWithin}; told once, the memory stays. */
    default void onReleaseLate(HandoffId handoff) {}
}
