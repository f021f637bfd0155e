package dev.baton.sender.engine;

import dev.baton.memory.ExtentRun;
import dev.baton.sender.core.ImageCrcs;

/**
 * One whole block that has a name, in staging: first its handoff's, then kept where it lies. {@link KeptBlocks} moves it.
 * Made when its handoff begins, so that keeping it allocates nothing. Engine's thread.
 */
final class StagedBlock {
    final StagedName name;
    /** Of the prompt: a name stands for one place in it, as it covers all before it. */
    final int index;
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

    StagedBlock(StagedName name, int index, int imageCount) {
        this.name = name;
        this.index = index;
        crcs = new ImageCrcs(imageCount);
    }

    boolean hasMemory() {
        return run != ExtentRun.NONE;
    }
}
