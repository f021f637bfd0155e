package dev.baton.receiver.core;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;

/**
 * Blocks that another node may have: they are handed off from its memory to here, and stay here as cache.
 *
 * @param nodeId     name of that node, with which there is a session
 * @param handoff    under which they come; its tenant is theirs. One that was never used
 * @param keys       names of all leading whole blocks of the prompt
 * @param deadlineMs from now until they are here, or the fetch has ended
 */
public record FetchAsk(String nodeId, HandoffId handoff, List<BlockKey> keys, long deadlineMs) {
    private static final long DEADLINE_MAX_MS = TimeUnit.MINUTES.toMillis(10);

    /** @throws IllegalArgumentException if a value is out of its range */
    public FetchAsk {
        keys = List.copyOf(keys);
        Require.between("keys.size", keys.size(), 1, WireMaxima.GROUP_COUNT_MAX);
        Require.between("deadlineMs", deadlineMs, 1, DEADLINE_MAX_MS);
    }
}
