package dev.baton.sender.core;

import java.util.random.RandomGenerator;

import dev.baton.transport.wire.ReceiverProxy;

/**
 * What all handoffs of one sender share; belongs to the control agent's thread.
 *
 * @param timeouts defaults for handoffs that name none
 * @param proxy    says things to receivers
 * @param data     the data agents
 * @param engine   the way to the engine's thread
 * @param random   for jitter only
 * @param counters what happened
 * @param keeper   told when a handoff wants a timer or is over
 */
record OutboundContext(SenderTimeouts timeouts, ReceiverProxy proxy, DataPlane data, EngineOutbox engine, RandomGenerator random,
    SenderCounters counters, Keeper keeper) {

    /** Keeps the tables that handoffs are found by. */
    interface Keeper {
        /** Call {@link OutboundHandoff#onTimer} at that time, and not at the one asked for before; {@link OutboundHandoff#NEVER}. */
        void wakeAt(OutboundHandoff handoff, long timeNs);

        /** Manifest lines or its end wait for the end of this cycle. */
        void flushLater(OutboundHandoff handoff);

        /** It has ended and told everybody: forget it. */
        void remove(OutboundHandoff handoff);
    }
}
