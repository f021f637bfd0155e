package dev.baton.sim.e2e;

import java.util.List;

import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.transport.session.HandoffId;

/** A decode engine that wants one parked handoff, and asks again as long as it is told that it is not there. One thread. */
final class Wanter {
    private final DecodeReceiver receiver;
    private final VerifyingEngine engine;
    private final String nodeId;
    private final HandoffId handoff;
    private long asked;

    /** @param engine that reads it, and nothing else meanwhile */
    Wanter(DecodeReceiver receiver, VerifyingEngine engine, String nodeId, HandoffId handoff) {
        this.receiver = receiver;
        this.engine = engine;
        this.nodeId = nodeId;
        this.handoff = handoff;
        asked = engine.ended();
    }

    /** Lets the engine look, and asks where it was told no since. */
    void poll() {
        if (asked == engine.ended()) {
            asked++;
            receiver.want(nodeId, handoff, 0, List.of());
        }
        receiver.poll(engine, 4);
    }
}
