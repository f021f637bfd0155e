package dev.baton.sim.trace;

import dev.baton.platform.Require;
import java.util.List;

/**
 * One request of a trace. Immutable.
 *
 * @param arrivalMs    milliseconds from the first request's arrival, not negative
 * @param promptTokens tokens that prefill computes or finds cached, at least 1
 * @param outputTokens tokens that decode makes, 0 where the request ended at once
 * @param blockIds     one id for each {@value #BLOCK_TOKENS} tokens of prompt, the last block perhaps partial; equal
 *                     ids mean equal tokens and equal tokens before them. Empty where the trace does not tell
 */
public record TraceRequest(long arrivalMs, int promptTokens, int outputTokens, List<Long> blockIds) {
    /** Tokens that one block id stands for, in Mooncake's traces and therefore here. */
    public static final int BLOCK_TOKENS = 512;

    /** More tokens than any model reads; what is above is a mistake in the trace. */
    public static final int TOKENS_MAX = 16_000_000;

    /** Ten years; what is above is a timestamp in another unit. */
    public static final long ARRIVAL_MS_MAX = 10L * 366 * 24 * 3600 * 1000;

    public TraceRequest {
        Require.between("arrivalMs", arrivalMs, 0, ARRIVAL_MS_MAX);
        Require.between("promptTokens", promptTokens, 1, TOKENS_MAX);
        Require.between("outputTokens", outputTokens, 0, TOKENS_MAX);
        blockIds = List.copyOf(blockIds);
        int blockCount = Math.ceilDiv(promptTokens, BLOCK_TOKENS);
        Require.that(blockIds.isEmpty() || blockIds.size() == blockCount, "blockIds.size", blockIds.size(),
            "0 or " + blockCount + ", one for each " + BLOCK_TOKENS + " of promptTokens=" + promptTokens);
    }

    /** Whether the trace tells which blocks this request shares with others. */
    public boolean hasBlockIds() {
        return !blockIds.isEmpty();
    }
}
