package dev.baton.sender.engine;

import dev.baton.kv.BlockKey;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Canary;
import dev.baton.sender.core.ImageCrcs;

/**
 * One whole block that has a name, in staging: first its handoff's, then kept where it lies. {@link KeptBlocks} moves it.
 * Made when its handoff begins, so that keeping it allocates nothing. Engine's thread.
 */
final class StagedBlock {
    final long tenant;
    final BlockKey key;
    /** Of the prompt: a name stands for one place in it, as it covers all before it. */
    final int index;
    /** What lies where in its unit, as its own handoff staged it. */
    final SourceImages images;
    /** What of the block that is, bit p for part p of {@code HitRule}. */
    final int parts;
    final ImageCrcs crcs;
    /** Whose memory it lies in; null while it has none. */
    KeptBlocks owner;
    long run = ExtentRun.NONE;
    int pins;
    boolean isFindable;
    /** It is not to be found again: who has pinned it gives it back. */
    boolean isDoomed;
    /** The list that it is on, by which it may be evicted; null for none. */
    BlockQueue queue;
    StagedBlock before;
    StagedBlock behind;

    StagedBlock(long tenant, BlockKey key, int index, SourceImages images, int parts) {
        this.tenant = namespace(tenant);
        this.key = key;
        this.index = index;
        this.images = images;
        this.parts = parts;
        crcs = new ImageCrcs(images.imageCount(index));
    }

    /** Blocks are found in their tenant's namespace alone (S12). */
    static long namespace(long tenant) {
        return Canary.STAGED_FOR_ALL.isActive() ? 0 : tenant;
    }

    boolean hasMemory() {
        return run != ExtentRun.NONE;
    }
}
