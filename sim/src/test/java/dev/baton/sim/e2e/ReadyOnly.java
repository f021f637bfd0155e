package dev.baton.sim.e2e;

import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** A decode engine to which everything comes: READY goes to the engine that compares each byte, any other end fails the test. */
interface ReadyOnly extends DecodeListener {
    VerifyingEngine engine();

    @Override
    default void onReady(ReadyHandoff handoff) {
        engine().onReady(handoff);
    }

    @Override
    default void onEnded(HandoffId handoff, EndReason reason, String detail) {
        throw new AssertionError("ended: " + handoff + " " + reason + " " + detail);
    }

    @Override
    default void onNotHere(HandoffId handoff, EndReason reason) {
        throw new AssertionError("not here: " + handoff + " " + reason);
    }
}
