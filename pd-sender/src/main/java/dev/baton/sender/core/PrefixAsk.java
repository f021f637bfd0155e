package dev.baton.sender.core;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;

/**
 * The beginning of a prompt that an engine would rather read than compute: what of it lies in its node's share for
 * reservations, and, where another node is named, what that one has of it, too.
 *
 * @param id         its tenant is the blocks'; under the rest they come from the other node, so that it is one that was never
 *                   used
 * @param keys       names of the prompt's leading whole blocks
 * @param nodeId     of the node that is asked for what is not here; empty for none
 * @param deadlineMs from now until they are here, or the asking is given up
 */
public record PrefixAsk(HandoffId id, List<BlockKey> keys, String nodeId, long deadlineMs) {
    private static final long DEADLINE_MAX_MS = TimeUnit.MINUTES.toMillis(10);

    /** @throws IllegalArgumentException if a value is out of its range */
    public PrefixAsk {
        keys = List.copyOf(keys);
        Require.between("keys.size", keys.size(), 1, WireMaxima.GROUP_COUNT_MAX);
        Require.between("deadlineMs", deadlineMs, 1, DEADLINE_MAX_MS);
    }

    /** What lies here; no other node is asked. */
    public static PrefixAsk here(long tenant, List<BlockKey> keys) {
        return new PrefixAsk(new HandoffId(tenant, 0, 0, 0), keys, "", 1);
    }
}
