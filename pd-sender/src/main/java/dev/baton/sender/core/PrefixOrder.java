package dev.baton.sender.core;

/** What the engine's thread asks of the control agent about blocks that it reads. A few a request. */
public sealed interface PrefixOrder {
    /** To be answered by {@link EngineOutbox#found}, once. */
    record Load(PrefixAsk ask) implements PrefixOrder {}

    /** Nobody reads it any more. */
    record Release(PrefixHere here) implements PrefixOrder {}
}
