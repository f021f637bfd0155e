package dev.baton.sender.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;

/**
 * What an engine asks for when it begins a handoff. Immutable.
 *
 * @param id                tenant, request and attempt
 * @param tenantName        told to the receiver; empty for the default tenant
 * @param peer              index of a peering that the sender dialled; {@link #ANY_PEER} for source-first, where the
 *                          peer asks
 * @param isSourceFirst     prefill first, and the decode side asks for it
 * @param tokens            of the prompt
 * @param growthTokens      that decode may add, for which the receiver holds memory too
 * @param haveTokens        leading tokens that the decode engine holds already; only whole blocks count
 * @param priority          0 to 255, higher first
 * @param deadlineMs        from RESERVE to READY; 0 for the sender's setting
 * @param startWithinMs     the first byte will come so soon after the grant; 0 for the sender's setting
 * @param dpRank            data-parallel rank of the receiver, -1 for any; a receiver is one, 0, and refuses others
 * @param prefillEstimateMs how long prefill will take, as far as is known; 0 for not known
 * @param blockKeys         names of its leading whole blocks, for what the receiver holds of them already
 * @param ranks             processes that send it together, part by part, this one among them; empty: this one alone
 * @param isJoining         another rank reserves: this one waits for its {@link PartGrant}
 * @param fetchedBy         name of the node that asked for blocks that lie here, which are all that is sent; empty where
 *                          an engine prefills
 */
public record HandoffSpec(HandoffId id, String tenantName, int peer, boolean isSourceFirst, int tokens,
    int growthTokens, int haveTokens, int priority, long deadlineMs, long startWithinMs, int dpRank,
    int prefillEstimateMs, List<BlockKey> blockKeys, List<Rank> ranks, boolean isJoining,
    String fetchedBy) {
    public static final int ANY_PEER = -1;

    public HandoffSpec {
        Require.between("tokens", tokens, 1, CellMap.TOKENS_MAX);
        Require.between("growthTokens", growthTokens, 0, CellMap.TOKENS_MAX - tokens);
        Require.between("haveTokens", haveTokens, 0, tokens);
        Require.between("priority", priority, 0, 255);
        Require.between("deadlineMs", deadlineMs, 0, 86_400_000L);
        Require.between("startWithinMs", startWithinMs, 0, 600_000L);
        Require.between("dpRank", dpRank, -1, Short.MAX_VALUE);
        Require.atLeast("prefillEstimateMs", prefillEstimateMs, 0);
        Require.between("tenantName.length", tenantName.length(), 0, 128);
        Require.atLeast("peer", peer, isSourceFirst || isJoining || !fetchedBy.isEmpty() ? ANY_PEER : 0);
        Require.between("blockKeys.size", blockKeys.size(), 0, WireMaxima.GROUP_COUNT_MAX);
        Require.that(ranks.isEmpty() || !isJoining, "ranks", ranks, "none where another rank reserves");
        ranks = List.copyOf(ranks);
        blockKeys = List.copyOf(blockKeys);
    }

    /** Memory at that peer first, then prefill. */
    public static HandoffSpec destinationFirst(HandoffId id, int peer, int tokens) {
        return new HandoffSpec(id, "", peer, false, tokens, 0, 0, 0, 0, 0, -1, 0, List.of(), List.of(), false, "");
    }

    /** Prefill first; the decode side asks for it by its id. */
    public static HandoffSpec sourceFirst(HandoffId id, int tokens) {
        return new HandoffSpec(id, "", ANY_PEER, true, tokens, 0, 0, 0, 0, 0, -1, 0, List.of(), List.of(), false, "");
    }

    /** What lies here by these names, to that node, which asked for it under this id. */
    static HandoffSpec fetched(HandoffId id, String byNode, List<BlockKey> keys, int tokens, long deadlineMs) {
        return new HandoffSpec(id, "", ANY_PEER, false, tokens, 0, 0, 0, deadlineMs, 0, -1, 0, keys, List.of(), false, byNode);
    }

    /** Whether another node asked for it, so that no engine here knows of it. */
    public boolean isFetched() {
        return !fetchedBy.isEmpty();
    }

    public HandoffSpec withGrowthTokens(int value) {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, value, haveTokens, priority, deadlineMs,
            startWithinMs, dpRank, prefillEstimateMs, blockKeys, ranks, isJoining, fetchedBy);
    }

    public HandoffSpec withHaveTokens(int value) {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, growthTokens, value, priority, deadlineMs,
            startWithinMs, dpRank, prefillEstimateMs, blockKeys, ranks, isJoining, fetchedBy);
    }

    public HandoffSpec withDeadlineMs(long value) {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, growthTokens, haveTokens, priority, value,
            startWithinMs, dpRank, prefillEstimateMs, blockKeys, ranks, isJoining, fetchedBy);
    }

    /** The same, with its leading whole blocks named: those that the receiver holds by these names are not sent. */
    public HandoffSpec withBlockKeys(List<BlockKey> value) {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, growthTokens, haveTokens, priority, deadlineMs,
            startWithinMs, dpRank, prefillEstimateMs, value, ranks, isJoining, fetchedBy);
    }

    /** The same, sent by these processes together: this one reserves for all, and is told what the others need. */
    public HandoffSpec withRanks(List<Rank> value) {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, growthTokens, haveTokens, priority, deadlineMs,
            startWithinMs, dpRank, prefillEstimateMs, blockKeys, value, isJoining, fetchedBy);
    }

    /** The same at a rank that does not reserve: {@code id}, tokens and growth must be those of the one that does. */
    public HandoffSpec joining() {
        return new HandoffSpec(id, tenantName, peer, isSourceFirst, tokens, growthTokens, haveTokens, priority, deadlineMs,
            startWithinMs, dpRank, prefillEstimateMs, blockKeys, List.of(), true, fetchedBy);
    }
}
