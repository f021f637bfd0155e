package dev.baton.receiver.core;

import dev.baton.kv.ShardedLayout;

/**
 * What a scheduler asks for a handoff whose sender it has yet to choose; a sender's RESERVE of the same size claims it.
 *
 * @param source        how the senders that may come lay KV out
 * @param tokens        of the prompt
 * @param growthTokens  that decode may add, for which memory is held
 * @param haveTokens    leading tokens that the decode engine holds already
 * @param priority      0 to 7
 * @param deadlineMs    from now until it must be READY
 * @param startWithinMs from its grant until the first byte must have come
 */
public record UnboundAsk(ShardedLayout source, long tokens, long growthTokens, long haveTokens, int priority,
    long deadlineMs, long startWithinMs) {}
