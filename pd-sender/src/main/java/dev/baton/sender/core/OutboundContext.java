package dev.baton.sender.core;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.transport.wire.ReceiverProxy;

/**
 * What all handoffs of one sender share; belongs to the control agent's thread.
 *
 * @param timeouts defaults for handoffs that name none
 * @param proxy    says things to receivers
 * @param data     the data agents
 * @param engine   the way to the engine's thread
 * @param jitter   before a refused handoff asks again
 * @param counters what happened
 * @param timers   of all handoffs
 * @param book     the tables that handoffs are found by
 * @param log      hears of every abnormal end
 * @param gangs    which receiver processes are one instance
 * @param shards   of the source that this process has
 */
record OutboundContext(SenderTimeouts timeouts, ReceiverProxy proxy, DataPlane data, EngineOutbox engine, Jitter jitter,
    SenderCounters counters, OutboundTimers timers, OutboundBook book,
    EndLog log, PeerGangs gangs, ShardRange shards) {}
