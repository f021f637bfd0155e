package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;

/**
 * Leading blocks of a passage that lie here, to be read until they are released. They were computed at other places of other prompts, behind other
 * tokens: whoever reads them applies positions anew, and decides what of it to compute again. Any thread may read.
 */
public final class PassageBlocks {
    private final long handle;
    private final long tenant;
    private final List<BlockKey> passage;
    private final List<ReadyBlocks> blocks;
    private final int[] promptBlocks;

    PassageBlocks(long handle, long tenant, List<BlockKey> passage, List<ReadyBlocks> blocks, int... promptBlocks) {
        this.handle = handle;
        this.tenant = tenant;
        this.passage = passage;
        this.blocks = List.copyOf(blocks);
        this.promptBlocks = promptBlocks;
    }

    /** Nothing of it lies here. */
    public static PassageBlocks none(long tenant, List<BlockKey> passage) {
        return new PassageBlocks(0, tenant, passage, List.of());
    }

    /** What release is told. */
    public long handle() {
        return handle;
    }

    public long tenant() {
        return tenant;
    }

    /** Names of the passage's blocks, as they were asked for. */
    public List<BlockKey> passage() {
        return passage;
    }

    /** Of these names so many, from the first on, lie here; 0: there is nothing to release. */
    public int count() {
        return promptBlocks.length;
    }

    /**
     * The block of a prompt that this one was when it was computed: its tokens had the positions from that block's first on. Blocks in their
     * maps ({@link #blocks()}) count so.
     *
     * @param index of the passage's blocks, from 0
     */
    public int promptBlock(int index) {
        return promptBlocks[index];
    }

    /** Where they lie, in the passage's order. */
    public List<ReadyBlocks> blocks() {
        return blocks;
    }
}
