package dev.baton.receiver.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** How a fetch ended: told once. Tokens are of the prompt's leading whole blocks. */
public sealed interface FetchEnd {
    HandoffId handoff();

    /** All of them lay here already: nobody was asked. They may go again as any cache does. */
    record Held(HandoffId handoff, int tokens) implements FetchEnd {}

    /** So many lie here now, each byte verified, and may go again as any cache does. */
    record Landed(HandoffId handoff, int tokens) implements FetchEnd {}

    /** That node has no more of them than this one, or gives nothing away; nothing was sent. */
    record NotHere(HandoffId handoff, EndReason reason) implements FetchEnd {}

    /** It ended on its way. What had landed by then may stay; asked again, the rest is sent. */
    record Failed(HandoffId handoff, EndReason reason, String detail) implements FetchEnd {}
}
