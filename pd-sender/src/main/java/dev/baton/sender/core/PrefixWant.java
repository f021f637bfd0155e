package dev.baton.sender.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * What another node asked for of the blocks that lie here: the control agent hands it to the engine's thread, which looks
 * for them and either begins the handoff, or refuses. Immutable but for that answer.
 */
public final class PrefixWant {
    private final HandoffId id;
    private final String nodeId;
    private final List<BlockKey> keys;
    private final int haveTokens;
    private final int pooledBlocks;
    private final long deadlineMs;
    private volatile EndReason refusal = EndReason.NONE;

    /**
     * @param id         of the handoff that is to bring them, as the asker named it
     * @param keys       names of a prompt's leading whole blocks
     * @param haveTokens so many of them the asker has already, or gets from elsewhere in this node
     * @param pooledBlocks so many of them lie in the node's share for reservations
     */
    PrefixWant(HandoffId id, String nodeId, List<BlockKey> keys, int haveTokens, int pooledBlocks, long deadlineMs) {
        this.id = id;
        this.nodeId = nodeId;
        this.keys = List.copyOf(keys);
        this.haveTokens = haveTokens;
        this.pooledBlocks = pooledBlocks;
        this.deadlineMs = deadlineMs;
    }

    /** The same, where so many blocks lie in the node's share for reservations, and only more than so many tokens is of use. */
    PrefixWant having(int tokens, int blocksInPool) {
        return new PrefixWant(id, nodeId, keys, tokens, blocksInPool, deadlineMs);
    }

    public HandoffId id() {
        return id;
    }

    String nodeId() {
        return nodeId;
    }

    public List<BlockKey> keys() {
        return keys;
    }

    public int haveTokens() {
        return haveTokens;
    }

    public int pooledBlocks() {
        return pooledBlocks;
    }

    /** The handoff that brings the first so many blocks. */
    public HandoffSpec spec(int blockCount, int blockTokens) {
        return HandoffSpec.fetched(id, nodeId, keys.subList(0, blockCount), blockCount * blockTokens, deadlineMs);
    }

    /** Engine: it does not begin. */
    public void refuse(EndReason reason) {
        refusal = reason;
    }

    /** NONE unless it was refused. */
    EndReason refusal() {
        return refusal;
    }
}
