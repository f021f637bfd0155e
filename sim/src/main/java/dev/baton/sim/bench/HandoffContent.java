package dev.baton.sim.bench;

import dev.baton.receiver.core.ReadyBlocks;

/** What a bench's prefill engine puts into its units, and its decode engine looks at behind READY. One thread. */
public interface HandoffContent {
    /** Units stay as they are, and nothing is looked at. */
    HandoffContent NONE = new HandoffContent() {
        @Override
        public void fill(int block, long address) {}

        @Override
        public long wrongBytes(ReadyBlocks landed) {
            return 0;
        }
    };

    /** Fills the unit of that block of the prompt. */
    void fill(int block, long address);

    /** Bytes that are not what was filled in. */
    long wrongBytes(ReadyBlocks landed);
}
